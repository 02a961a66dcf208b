"""``python -m ops.cli``: the command line."""

from ops.cli.main import main

if __name__ == "__main__":
    main()
