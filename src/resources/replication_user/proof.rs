//! What the wire says after a change, beside what the catalogue and the parameter imply.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use tfplugin::Diagnostic;

use crate::{
    connection::{Database, Endpoint},
    postgres::{
        self, Demanded, Kind,
        replication_user::{Implication, Method},
        snapshot::Snapshot,
    },
    scope::Scope,
};

/// The first pause before a server is asked again that does not agree.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How often it is asked again: for some ten seconds.
const TIMES: usize = 7;

/// Asks the server what it demands of a user on normal and replication connections, and holds that
/// against the catalogue and the parameter. A change of the parameter that is on its way is waited for.
///
/// An error shows both sides where they disagree; a warning says that the server could not be asked,
/// once for each server.
pub(super) async fn prove(
    database: &Database,
    endpoint: &Endpoint,
    scope: &Scope,
    name: &str,
    catalogue: &Snapshot,
) -> Option<Diagnostic> {
    match disagreement(database, endpoint, scope, name, catalogue).await {
        Ok(sides) if sides.is_empty() => None,
        Ok(sides) => Some(disagrees(name, endpoint, &sides)),
        Err(error) => endpoint
            .says_unproven()
            .then(|| not_possible(name, endpoint, &error)),
    }
}

/// What is implied and not demanded, each beside what is.
async fn disagreement(
    database: &Database,
    endpoint: &Endpoint,
    scope: &Scope,
    name: &str,
    catalogue: &Snapshot,
) -> Result<Vec<(Implication, Demanded)>, postgres::Error> {
    let connector = &endpoint.connector;
    // Without an answer nothing is held against the flag.
    let publisher = database.publisher(scope).await.ok().flatten();
    let iam = publisher.map(|publisher| publisher.iam_database_authentication_enabled);
    let mut implied = catalogue.implied(name, iam);
    let replicates = implied.iter().any(|one| one.kind == Kind::Replication);
    if let Some(running) = catalogue.iam_auth_for_replication.filter(|_| replicates) {
        database.wait_for_parameter(scope, running).await;
    }
    let mut pauses = ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_max_times(TIMES)
        .build();
    loop {
        let demanded = connector.demands(scope, name, &implied).await?;
        let sides: Vec<_> = implied
            .into_iter()
            .zip(demanded)
            .filter(|(implied, demanded)| !implied.agrees_with(demanded))
            .collect();
        let Some(pause) = pauses.next().filter(|_| !sides.is_empty()) else {
            return Ok(sides);
        };
        tracing::debug!(?sides, ?pause, "ask the server again what it demands");
        scope.sleep(pause).await;
        implied = connector.snapshot_now(scope).await?.implied(name, iam);
    }
}

fn disagrees(name: &str, endpoint: &Endpoint, sides: &[(Implication, Demanded)]) -> Diagnostic {
    let sides: Vec<String> = sides
        .iter()
        .map(|(implied, demanded)| {
            let kind = match implied.kind {
                Kind::Normal => "normal",
                Kind::Replication => "replication",
            };
            let method = match implied.method {
                Some(Method::Token) => "a token",
                Some(Method::Password) => "a password",
                None => "a token or a password",
            };
            format!(
                "- on a {kind} connection the server demands {demanded}, where {method} is to be expected: {}",
                implied.because
            )
        })
        .collect();
    Diagnostic::error(
        "Authentication Not As Expected",
        format!(
            "The change to {name:?} is committed, and {} was asked what it demands of a login of {name:?}:\n{}\n\nBelieve \
             the server. Check that the endpoint leads to the cluster or instance itself, that IAM database authentication \
             is enabled, and what is pending; the next plan shows the catalogue's side.",
            endpoint.connector.endpoint(),
            sides.join("\n")
        ),
    )
    .at("probe_authentication")
}

fn not_possible(name: &str, endpoint: &Endpoint, error: &postgres::Error) -> Diagnostic {
    Diagnostic::warning(
        "Authentication Not Proven",
        format!(
            "The change to {name:?} is committed, and what {} demands of a login of {name:?} was not to be found out: \
             {error}. This is said once, for other users of this server as well. Set `probe_authentication = false` where it \
             cannot be asked.",
            endpoint.connector.endpoint()
        ),
    )
    .at("probe_authentication")
}
