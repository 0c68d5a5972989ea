"""Pictures and video as bytes: cutting, JPEG headers, frames, the picture store, stillness.

What stages have in common that touch them: camera, transcoder, assignment, http_reply, live, alarm.
"""
