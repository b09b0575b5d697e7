//! The control endpoint: JSON over HTTP, to script faults and to see what was called.
