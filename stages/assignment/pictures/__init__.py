"""The pictures of the frames that assignment holds: kept, copied, missed."""
