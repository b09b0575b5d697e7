//! A server on loopback that answers as a test says, for the unit tests of this room.
