//! Whether anybody in `rds_iam` could log in: without IAM database authentication no token is accepted, and no
//! password either.

use tfplugin::Diagnostic;

use super::{Model, is_true};
use crate::{
    aws::rds::publisher::Publisher,
    connection::{Database, DatabaseLookup},
    diagnostics,
    operation::Operation,
    prerequisites::{self, Verdict},
    provider::Configured,
    resources::in_database::InDatabase as _,
    scope::Scope,
};

/// What a plan that grants `rds_iam` should say where no token would do. Silent when nothing is granted, and
/// about a cluster or instance that is not there yet, or that AWS does not tell of.
pub(super) async fn at_plan(
    provider: &Configured,
    scope: &Scope,
    planned: &Model,
    prior: Option<&Model>,
) -> Option<Diagnostic> {
    let had_it = prior.is_some_and(|prior| is_true(&prior.rds_iam));
    if had_it || !matters(planned) {
        return None;
    }
    let DatabaseLookup::Known(database) = provider.databases.lookup(&planned.database_ref()) else {
        return None;
    };
    let publisher = database.publisher(scope).await.ok().flatten()?;
    let because = because(&publisher)?;
    let name = planned.name.known().map_or("the role", String::as_str);
    let warning = Diagnostic::warning(
        "No Token Would Be Accepted",
        format!(
            "The plan grants rds_iam to {name:?}, who could then log in with nothing, neither a password nor a token: \
             {because} As long as that is so, the apply is refused. Who knows better sets \
             `allow_without_iam_authentication = true`."
        ),
    );
    Some(warning.at("rds_iam"))
}

/// Why nobody could log in with a token, before `rds_iam` is granted; `None` where tokens will do, or where
/// that is not known or not wanted to matter. What was seen a moment ago is good enough when it says yes.
///
/// # Errors
/// When AWS does not tell.
pub(super) async fn no_tokens_because(
    database: &Database,
    planned: &Model,
    operation: &Operation,
) -> Result<Option<String>, Diagnostic> {
    let scope = operation.scope();
    if !matters(planned) || database.identifier().is_none() {
        return Ok(None);
    }
    let failed = |error| diagnostics::aws(operation, &error);
    let seen = database.publisher(scope).await.map_err(failed)?;
    if seen.as_ref().and_then(because).is_none() {
        return Ok(None);
    }
    let now = database.publisher_now(scope).await.map_err(failed)?;
    Ok(now.as_ref().and_then(because))
}

fn matters(planned: &Model) -> bool {
    is_true(&planned.rds_iam) && !is_true(&planned.allow_without_iam_authentication)
}

/// What is wrong with IAM database authentication, or about to be.
fn because(publisher: &Publisher) -> Option<String> {
    let found = prerequisites::iam_database_authentication(publisher);
    (found.verdict != Verdict::Met).then(|| {
        format!(
            "IAM database authentication of the {} is {}. {}",
            publisher.name(),
            found.actual,
            found.detail
        )
    })
}
