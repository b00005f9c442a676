"""Pinyin of residents' names: the same reading as that of colleagues' (accounts/names.py)."""

from accounts.names import initials_of, keys_of, pinyin_of

__all__ = ["initials_of", "keys_of", "pinyin_of"]
