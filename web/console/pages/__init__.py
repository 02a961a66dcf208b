"""One file a page, or a family of pages that one person uses in one breath.
Each holds ``pages``, its routes.
"""
