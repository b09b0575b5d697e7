//! Which row of the table an error belongs to: from how far the provider came, what was said, how the login is
//! configured, and what is known of the server. Never from a guess that the configuration contradicts.

use super::token::{self, Difference};
use crate::{
    aws::rds::wait::is_down,
    connection::{Access, Circumstances, LoginMethod, Reached},
    postgres::{Error, ServerError},
    region,
};

/// What went wrong between the provider and a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::diagnostics) enum Case {
    NoManagedSecret,
    NoName,
    Stopped,
    Deleting,
    Broken,
    Busy,
    Unreachable,
    Tls,
    Closed,
    StartingUp,
    NoTls,
    NoRule,
    TooManyForRole,
    TooManyForDatabase,
    TooMany,
    NoDatabase,
    DatabaseClosed,
    NoConnect,
    NoLogin,
    OwnProbation,
    Forced,
    TokenForAnotherHost,
    TokenForAnotherRegion,
    IamOff,
    TokenExpired,
    TokenForAnotherUser,
    TokenOfAnotherTime,
    TokenRefused,
    NoTokenWanted,
    WrongPassword,
    WrongVariable,
    WrongSecret,
    WrongManagedSecret,
    OtherLogin,
    Reader,
    Secondary,
    InRecovery,
    PasswordRestricted,
    AttributeNotGiven,
    AttributeNotTaken,
    NeedsSuperuser,
    NotOwner,
    NoRight,
    InsideRdsIam,
    LockTimeout,
    WritersAtWork,
    TooManyLocks,
    RunElsewhere,
    MembersToCome,
    OtherProbation,
    NotSupported,
    NothingChanged,
    CommitUnknown,
    Interrupted,
    TimedOut,
    OtherStatement,
}

/// What is known besides the error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    /// As whom the provider logs in, where and how.
    pub access: &'a Access,
    /// What was found out when it was not let in.
    pub circumstances: &'a Circumstances,
    /// Whether this process has a grant on probation that may concern the provider's user.
    pub is_on_probation: bool,
}

impl Case {
    /// The row of an error.
    pub(super) fn of(error: &Error, known: Known<'_>) -> Self {
        if let Some(said) = error.said() {
            return Self::said(error, said, known);
        }
        match error {
            Error::NotConnected { last, .. } => Self::of(last, known),
            Error::Tls(_) => Self::Tls,
            Error::NotSupported(_) => Self::NotSupported,
            Error::RunElsewhere(_) => Self::RunElsewhere,
            Error::MembersToCome(_) => Self::MembersToCome,
            Error::WritersAtWork { .. } => Self::WritersAtWork,
            Error::OnProbation { .. } => Self::OtherProbation,
            Error::NotCommitted(_) | Error::AnotherObject(_) | Error::ChangedMeanwhile(_) => {
                Self::NothingChanged
            }
            Error::CommitUnknown { .. } => Self::CommitUnknown,
            Error::Cancelled(_) => Self::Interrupted,
            Error::TimedOut { .. } => down(known.circumstances).unwrap_or(Self::TimedOut),
            Error::HostNotFound { .. } => down(known.circumstances).unwrap_or(Self::NoName),
            Error::Connection { .. } => Self::not_reached(known.circumstances),
            Error::Server { .. }
            | Error::ReplicationAttribute { .. }
            | Error::Password(_)
            | Error::Refused(_)
            | Error::PublicationRefused(_)
            | Error::GrantRefused(_)
            | Error::SlotRefused(_)
            | Error::UnexpectedRows(_)
            | Error::Name(_) => Self::OtherStatement,
        }
    }

    /// The server, or the way to it, gave no answer.
    fn not_reached(circumstances: &Circumstances) -> Self {
        let down = down(circumstances);
        down.unwrap_or(match circumstances.reached {
            Some(Reached::NoName) => Self::NoName,
            Some(Reached::Tcp) => Self::Closed,
            Some(Reached::NoAnswer(_)) | None => Self::Unreachable,
        })
    }

    fn said(error: &Error, said: &ServerError, known: Known<'_>) -> Self {
        if let Error::ReplicationAttribute { give, .. } = error {
            return match give {
                true => Self::AttributeNotGiven,
                false => Self::AttributeNotTaken,
            };
        }
        if said.is_about_the_server_itself() || said.is_connection_exception() {
            return down(known.circumstances).unwrap_or(Self::StartingUp);
        }
        match said.is_fatal {
            true => Self::at_login(said, known),
            false => Self::of_statement(said, known),
        }
    }

    fn at_login(said: &ServerError, known: Known<'_>) -> Self {
        let has = |text: &str| said.message.contains(text);
        match said.sqlstate.as_str() {
            "53300" if has("for role") => Self::TooManyForRole,
            "53300" if has("for database") => Self::TooManyForDatabase,
            "53300" => Self::TooMany,
            "3D000" => Self::NoDatabase,
            "55000" => Self::DatabaseClosed,
            "42501" => Self::NoConnect,
            "28000" | "28P01" => Self::refused(said, known),
            _ => Self::OtherStatement,
        }
    }

    /// The server did not let the user in.
    fn refused(said: &ServerError, known: Known<'_>) -> Self {
        let has = |text: &str| said.message.contains(text);
        if has("no encryption") || has("SSL off") {
            return Self::NoTls;
        }
        if has("pg_hba.conf") {
            return Self::NoRule;
        }
        if has("not permitted to log in") || has("does not exist") {
            return Self::NoLogin;
        }
        let is_wrong_password = said.sqlstate == "28P01";
        match (&known.access.method, is_wrong_password) {
            (LoginMethod::Token | LoginMethod::GivenToken, false) => Self::of_token(known),
            (LoginMethod::Token | LoginMethod::GivenToken, true) if is_of_another_user(known) => {
                Self::TokenForAnotherUser
            }
            (LoginMethod::Token | LoginMethod::GivenToken, true) if is_iam_off(known) => {
                Self::IamOff
            }
            (LoginMethod::Token | LoginMethod::GivenToken, true) => Self::NoTokenWanted,
            _ if known.is_on_probation => Self::OwnProbation,
            (_, false) if has("PAM") && is_iam_off(known) => Self::IamOff,
            (_, false) if has("PAM") => Self::Forced,
            (_, false) => Self::OtherLogin,
            (LoginMethod::Password { variable: None }, true) => Self::WrongPassword,
            (LoginMethod::Password { variable: Some(_) }, true) => Self::WrongVariable,
            (LoginMethod::Secret(_), true) => Self::WrongSecret,
            (LoginMethod::ManagedSecret(_), true) => Self::WrongManagedSecret,
        }
    }

    /// A token was asked for, and the one that was sent was refused.
    fn of_token(known: Known<'_>) -> Self {
        let circumstances = known.circumstances;
        let Some(signed_for) = &circumstances.signed_for else {
            return Self::TokenRefused;
        };
        if is_of_another_user(known) {
            return Self::TokenForAnotherUser;
        }
        let differences = token::differences(signed_for, circumstances.publisher.as_ref());
        match differences.first() {
            Some(Difference::Host(_) | Difference::Port(_)) => Self::TokenForAnotherHost,
            Some(Difference::Region(_)) => Self::TokenForAnotherRegion,
            Some(Difference::IamOff { .. }) => Self::IamOff,
            Some(Difference::Expired) if known.access.method == LoginMethod::GivenToken => {
                Self::TokenExpired
            }
            Some(Difference::Expired) | None if circumstances.clock_skew.is_some() => {
                Self::TokenOfAnotherTime
            }
            Some(Difference::Expired) | None => Self::TokenRefused,
        }
    }

    fn of_statement(said: &ServerError, known: Known<'_>) -> Self {
        match said.sqlstate.as_str() {
            "25006" => Self::of_reader(known.access),
            // A transaction that begins READ WRITE says so with another code.
            _ if said.message.contains("during recovery") => Self::of_reader(known.access),
            "42501" if is_about_passwords(said) => Self::PasswordRestricted,
            "42501" if said.message.starts_with("must be superuser to") => Self::NeedsSuperuser,
            "42501" if said.message.starts_with("must be owner of") => Self::NotOwner,
            "42501" => Self::NoRight,
            "0LP01" => Self::InsideRdsIam,
            "55P03" => Self::LockTimeout,
            "53200" if said.message == "out of shared memory" => Self::TooManyLocks,
            _ => Self::OtherStatement,
        }
    }

    fn of_reader(access: &Access) -> Self {
        match &access.follows {
            _ if region::is_reader(&access.host) => Self::Reader,
            Some(_) => Self::Secondary,
            None => Self::InRecovery,
        }
    }
}

/// Whether the token is for another user than the one who logs in.
fn is_of_another_user(known: Known<'_>) -> bool {
    let signed_for = known.circumstances.signed_for.as_ref();
    signed_for.is_some_and(|signed_for| signed_for.username != known.access.username)
}

/// Whether AWS shows that no token is accepted.
fn is_iam_off(known: Known<'_>) -> bool {
    let publisher = known.circumstances.publisher.as_ref();
    publisher.is_some_and(|publisher| !publisher.iam_database_authentication_enabled)
}

/// Whether RDS refused to set a password.
pub(super) fn is_about_passwords(said: &ServerError) -> bool {
    said.sqlstate == "42501" && said.to_string().contains("rds_password")
}

/// What AWS shows that keeps a cluster or instance from taking connections.
fn down(circumstances: &Circumstances) -> Option<Case> {
    let publisher = circumstances.publisher.as_ref()?;
    by_status(&publisher.status).or_else(|| {
        let writer = publisher.writer()?;
        let mut unavailable = circumstances.unavailable.iter();
        let status = unavailable
            .find(|member| member.identifier.eq_ignore_ascii_case(&writer.identifier))
            .map(|member| member.status.as_str())?;
        by_status(status)
    })
}

/// What a status of a cluster or an instance means for who cannot connect; `None` where it takes connections.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/accessing-monitoring.html>
fn by_status(status: &str) -> Option<Case> {
    match status {
        "" | "available" | "backing-up" | "storage-optimization" | "storage-initialization" => None,
        _ if status.starts_with("configuring-") => None,
        "stopped" | "stopping" => Some(Case::Stopped),
        "deleting" | "deleted" => Some(Case::Deleting),
        "storage-full" => Some(Case::Broken),
        _ if is_down(status) => Some(Case::Broken),
        _ => Some(Case::Busy),
    }
}

#[cfg(test)]
impl Case {
    /// All of them, as the guide has them.
    pub(in crate::diagnostics) const ALL: [Self; 56] = [
        Self::NoManagedSecret,
        Self::NoName,
        Self::Stopped,
        Self::Deleting,
        Self::Broken,
        Self::Busy,
        Self::Unreachable,
        Self::Tls,
        Self::Closed,
        Self::StartingUp,
        Self::NoTls,
        Self::NoRule,
        Self::TooManyForRole,
        Self::TooManyForDatabase,
        Self::TooMany,
        Self::NoDatabase,
        Self::DatabaseClosed,
        Self::NoConnect,
        Self::NoLogin,
        Self::OwnProbation,
        Self::Forced,
        Self::TokenForAnotherHost,
        Self::TokenForAnotherRegion,
        Self::IamOff,
        Self::TokenExpired,
        Self::TokenForAnotherUser,
        Self::TokenOfAnotherTime,
        Self::TokenRefused,
        Self::NoTokenWanted,
        Self::WrongPassword,
        Self::WrongVariable,
        Self::WrongSecret,
        Self::WrongManagedSecret,
        Self::OtherLogin,
        Self::Reader,
        Self::Secondary,
        Self::InRecovery,
        Self::PasswordRestricted,
        Self::AttributeNotGiven,
        Self::AttributeNotTaken,
        Self::NeedsSuperuser,
        Self::NotOwner,
        Self::NoRight,
        Self::InsideRdsIam,
        Self::LockTimeout,
        Self::WritersAtWork,
        Self::TooManyLocks,
        Self::RunElsewhere,
        Self::MembersToCome,
        Self::OtherProbation,
        Self::NotSupported,
        Self::NothingChanged,
        Self::CommitUnknown,
        Self::Interrupted,
        Self::TimedOut,
        Self::OtherStatement,
    ];
}
