//! The password that a role has before it uses IAM.

use tfplugin::Diagnostic;

use super::{Model, is_true};
use crate::postgres::Verifier;

/// Refuses a password for a role that is somebody else's.
pub(super) fn validate(config: &Model) -> Option<Diagnostic> {
    let may_be_ours = config.create_role.is_unknown() || is_true(&config.create_role);
    if config.password_wo.is_null() || may_be_ours {
        return None;
    }
    Some(
        Diagnostic::error(
            "Password Of Somebody Else's Role",
            "`password_wo` is for a role that this resource creates: set `create_role = true`, or leave the password \
             to whoever manages the role.",
        )
        .at("password_wo"),
    )
}

/// Whether the planned state has another version of the password, which is then to be set.
pub(super) fn changes(prior: Option<&Model>, planned: &Model) -> bool {
    let before = prior.and_then(|prior| prior.password_wo_version.known());
    let version = planned.password_wo_version.known();
    version.is_some() && version != before
}

/// What is to be set as the password; `None` leaves it as it is.
pub(super) fn verifier(config: &Model, prior: Option<&Model>, planned: &Model) -> Option<Verifier> {
    let password = config.password_wo.known()?;
    changes(prior, planned).then(|| Verifier::new(password))
}
