"""The pages of the console: where each is, and how one knows that it has come."""

PAGES = {
    "watch": "/",
    "wall": "/wall",
    "history": "/history",
    "alarms": "/alarms",
    "on-watch": "/on-watch",
    "session": "/session",
    "review": "/review",
    "test-frames": "/test-frames",
    "system": "/system",
    "people": "/people",
}
READY = {
    "watch": ".facts .camera:not(:empty)",
    "wall": ".tile img:not([hidden])",
    "history": ".entry",
    "alarms": ".alarm",
    "on-watch": ".handover li",
    "session": "table",
    "review": ".facts .camera:not(:empty)",
    "test-frames": ".known-frame",
    "system": ".troubles li",
    "people": ".user",
}
"""What is there when a page has come."""
SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
