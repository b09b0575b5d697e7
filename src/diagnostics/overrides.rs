//! What the environment replaces, in words for the screen.

use tfplugin::{Diagnostic, Diagnostics};

use crate::{
    connection::{Database, Override, Replaced},
    scope::Scope,
};

/// A warning for each variable of libpq that stands in place of what was looked up, or weakens TLS. Each is
/// told once.
pub async fn overrides(scope: &Scope, database: &Database) -> Diagnostics {
    let target = database.target();
    let overrides = database.overrides(scope).await;
    overrides.iter().map(|one| warning(one, &target)).collect()
}

fn warning(Override { variable, replaced }: &Override, target: &str) -> Diagnostic {
    let (fact, instead) = match replaced {
        Replaced::MasterUser { given, master } => (
            format!(
                "{variable} is {given:?}: the provider connects to {target:?} as this user, and not as the master user \
                 {master:?}."
            ),
            "`username`",
        ),
        Replaced::DatabaseName { given, looked_up } => (
            format!(
                "{variable} is {given:?}: the provider connects to this database of {target:?}, and not to \
                 {looked_up:?}."
            ),
            "`database`",
        ),
        Replaced::ManagedSecret => (
            format!(
                "{variable} is set: the provider logs in to {target:?} with this password, and not with the one in the \
                 secret that RDS manages for the master user."
            ),
            "`secret_arn`, `iam_auth` or `password`",
        ),
        Replaced::VerifyFull(mode) => (
            format!(
                "{variable} is {:?}: the certificate of {target:?} is verified less than with \"verify-full\", the \
                 default.",
                mode.as_str()
            ),
            "`sslmode`",
        ),
    };
    Diagnostic::warning(
        format!("Environment Variable {variable} In Use"),
        format!(
            "{fact} If the variable is meant for something else, such as a state in PostgreSQL, set {instead} in the \
             provider's `postgres` block, which goes before it."
        ),
    )
}
