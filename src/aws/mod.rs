//! The AWS control plane.
