//! Which accounts may be worked in: a guard against the wrong credentials.

use std::fmt;

use super::CallerIdentity;

/// The accounts that may be worked in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Accounts {
    /// Every account.
    #[default]
    Any,
    /// These account ids only.
    Allowed(Vec<String>),
    /// Every account but these.
    Forbidden(Vec<String>),
}

/// Credentials of an account that may not be worked in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the credentials are those of {} in the account {}, {accounts}", identity.arn, identity.account)]
pub struct WrongAccount {
    identity: CallerIdentity,
    accounts: Accounts,
}

impl Accounts {
    /// Whether any account will do, so that nobody has to ask.
    pub(super) fn is_any(&self) -> bool {
        *self == Self::Any
    }

    /// Checks whose credentials these are.
    pub(crate) fn check(&self, identity: &CallerIdentity) -> Result<(), WrongAccount> {
        let accepted = match self {
            Self::Any => true,
            Self::Allowed(ids) => ids.contains(&identity.account),
            Self::Forbidden(ids) => !ids.contains(&identity.account),
        };
        if accepted {
            return Ok(());
        }
        Err(WrongAccount {
            identity: identity.clone(),
            accounts: self.clone(),
        })
    }
}

impl WrongAccount {
    /// The accounts that may be worked in.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }
}

impl fmt::Display for Accounts {
    /// How an account that is not among them stands to them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("which is not accepted"),
            Self::Allowed(ids) => write!(f, "and only {} may be worked in", ids.join(", ")),
            Self::Forbidden(_) => f.write_str("which must not be worked in"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(accounts: &Accounts) -> Result<(), String> {
        let identity = CallerIdentity {
            account: "123456789012".to_owned(),
            arn: "arn:aws:iam::123456789012:user/ops".to_owned(),
        };
        accounts.check(&identity).map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn accounts_that_are_not_allowed_or_forbidden_are_named() {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let (this, other) = ("123456789012", "210987654321");
        for accounts in [
            Accounts::Any,
            Accounts::Allowed(ids(&[other, this])),
            Accounts::Forbidden(ids(&[other])),
        ] {
            assert_eq!(check(&accounts), Ok(()));
        }
        assert_eq!(
            check(&Accounts::Allowed(ids(&[other]))).unwrap_err(),
            "the credentials are those of arn:aws:iam::123456789012:user/ops in the account 123456789012, \
             and only 210987654321 may be worked in"
        );
        assert_eq!(
            check(&Accounts::Forbidden(ids(&[this]))).unwrap_err(),
            "the credentials are those of arn:aws:iam::123456789012:user/ops in the account 123456789012, \
             which must not be worked in"
        );
    }
}
