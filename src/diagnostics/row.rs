//! What a row is of the table of what can go wrong: from how far the provider came, and what was said, to the cause and
//! what to do. `aws/row.rs` and `server/row.rs` have the rows, the guide on troubleshooting shows them.

/// How far the provider came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing was tried: the configuration does not say how.
    Configuration,
    /// A call to AWS.
    Aws,
    /// The name of the host.
    Name,
    /// The TCP connection.
    Tcp,
    /// TLS.
    Tls,
    /// The start-up message: user and database are named.
    StartUp,
    /// The user proves who it is.
    Login,
    /// A statement.
    Statement,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// How far the provider came.
    pub phase: Phase,
    /// What the error says.
    pub said: &'static str,
    /// What of the configuration, or of what AWS shows, makes this row and no other.
    pub given: &'static str,
    /// The cause, as a sentence.
    pub cause: &'static str,
    /// What to do, in sentences.
    pub step: &'static str,
}

/// A row, from left to right.
pub(super) const fn row(
    phase: Phase,
    said: &'static str,
    given: &'static str,
    cause: &'static str,
    step: &'static str,
) -> Row {
    Row {
        phase,
        said,
        given,
        cause,
        step,
    }
}

impl Row {
    /// The cause and what to do.
    pub(super) fn text(self) -> String {
        format!("{} {}", self.cause, self.step)
    }
}

impl Phase {
    /// All of them, as the guide has them.
    #[cfg(test)]
    pub(super) const ALL: [Self; 8] = [
        Self::Configuration,
        Self::Aws,
        Self::Name,
        Self::Tcp,
        Self::Tls,
        Self::StartUp,
        Self::Login,
        Self::Statement,
    ];

    /// The heading of its rows in the guide.
    #[cfg(test)]
    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::Configuration => "Before anything is tried",
            Self::Aws => "Credentials, and calls to AWS",
            Self::Name => "The name of the host",
            Self::Tcp => "The TCP connection",
            Self::Tls => "TLS",
            Self::StartUp => "The start-up message, which names user and database",
            Self::Login => "The login",
            Self::Statement => "A statement",
        }
    }
}
