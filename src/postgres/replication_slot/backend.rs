//! A session, as others see it.

/// A session on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::postgres) struct Backend {
    /// Its process.
    pub(in crate::postgres) pid: i32,
    /// When it began, as text: another one may have the process by now.
    pub(in crate::postgres) start: String,
}
