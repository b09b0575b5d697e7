//! The failure of a profile's `credential_process`, known by its words: on their way through the SDK reasons are texts.

/// What a message calls the program, before the name of the profile.
pub(in crate::aws) const NAME: &str = "the credential_process of the profile";
/// That what it printed cannot be read.
pub(in crate::aws) const UNREADABLE: &str = "printed nothing that can be read as credentials";

/// What a program did in place of giving credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessFailure {
    /// It could not be run, or said that it failed.
    Failed,
    /// What it printed cannot be read.
    Unreadable,
    /// It did not end.
    Hung,
}

impl ProcessFailure {
    /// What the reason for that there are no credentials says of a program; `None` where it is about something
    /// else.
    pub(in crate::aws) fn of(reason: &str) -> Option<Self> {
        let (_, said) = reason.split_once(NAME)?;
        Some(
            if said.contains(" failed (") || said.contains(" could not be run: ") {
                Self::Failed
            } else if said.contains(UNREADABLE) {
                Self::Unreadable
            } else {
                Self::Hung
            },
        )
    }
}
