//! Private data of what is never stored.

/// Private data; none when nothing was put there.
pub(crate) fn private(bytes: Vec<u8>) -> Option<Vec<u8>> {
    (!bytes.is_empty()).then_some(bytes)
}
