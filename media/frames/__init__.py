"""From a decoded picture to the frames that people and the detector get."""
