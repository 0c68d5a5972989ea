"""Pictures and video as bytes: cutting, JPEG headers, frames, the picture store, stillness."""
