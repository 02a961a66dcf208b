"""``python -m ops.jobs``: the clock-driven work of this node, in a process of its own."""

from ops.jobs.schedule import main

if __name__ == "__main__":
    main()
