//! What is said when something else is named than the state has.

use tfplugin::Diagnostic;

use crate::{operation::Operation, provider::Configured};

/// The warning of a plan that replaces a resource, where it may be part of an apply.
///
/// An identifier that is not known yet is planned as an update. The CLI plans each change once more when it
/// applies it; what is a replacement then cannot be made any more, and the CLI ends with an error that
/// blames the provider and names nothing. It never says which plan it is.
pub(super) fn warning(
    provider: &Configured,
    what: &str,
    before: &str,
    now: &str,
) -> Option<Diagnostic> {
    (!provider.has_refreshed()).then(|| {
        Diagnostic::warning(
            format!("{what} To Be Replaced"),
            format!(
                "The state has {before}, and the configuration names {now}. If an apply ends here with an inconsistent \
                 final plan, that was not known when it was planned: nothing of this resource was changed. Plan and \
                 apply again, and it is replaced."
            ),
        )
    })
}

/// The error of an update whose plan did not know that something else is named.
pub(super) fn error(operation: &Operation, before: &str, now: &str) -> Diagnostic {
    operation.error(format!(
        "The state has {before}, and the configuration names {now}, which was not known when this was planned. \
         Nothing was changed. Plan and apply again, and the resource is replaced."
    ))
}
