//! The control endpoint: JSON over HTTP, to script faults and to see what was called.
//!
//! There is no signature to make: it listens on loopback, and whoever can reach it may use it.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    api::{
        self,
        calls::Calls,
        faults::{Fault, Faults},
    },
    clock::Clock,
    model::{
        self, Iam, Secrets, SharedAccount, account::Transition, iam::Role, publisher::Behaviour,
        secrets::SecretValue,
    },
};

/// What the control endpoint works on.
#[derive(Clone)]
pub struct Control {
    /// The pretended account.
    pub account: SharedAccount,
    /// Its roles and their sessions.
    pub iam: Iam,
    /// Its secrets, besides those of the master users.
    pub secrets: Secrets,
    /// What time it is there.
    pub clock: Clock,
    /// What goes wrong.
    pub faults: Faults,
    /// What was called.
    pub calls: Calls,
}

/// Why a request to the control endpoint was not done.
#[derive(Debug)]
struct Refusal {
    status: StatusCode,
    message: String,
}

impl Refusal {
    fn bad_request(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: message.into(),
        }
    }

    fn broke_off(why: String) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            message: format!("it broke off: {why}"),
        }
    }
}

impl From<model::Error> for Refusal {
    fn from(error: model::Error) -> Self {
        Self::bad_request(error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "message": self.message }))).into_response()
    }
}

type Answer = Result<Json<Value>, Refusal>;

/// `clusters` or `instances`, and an identifier or ARN.
type Target = Path<(String, String)>;

/// `POST /clusters/ID/settings` and `POST /instances/ID/settings`: what is left out stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsChange {
    apply_seconds: Option<f64>,
    stale_readings: Option<u32>,
    creator_row_counts: Option<bool>,
    publishes_schemas: Option<bool>,
    restores_slots: Option<bool>,
}

/// `POST /secrets`: its name, and what it holds as `string` or `binary`.
#[derive(Deserialize)]
struct NewSecret {
    name: String,
    /// Where it is; defaults to the stand-in's own Region.
    region: Option<String>,
    #[serde(flatten)]
    value: SecretValue,
}

/// `POST /clock`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    /// How far AWS's clock is ahead of the machine's; behind for a negative number.
    ahead_seconds: i64,
}

/// `POST /web-identity-tokens`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    /// `sub` of the token.
    subject: String,
    /// Its life; defaults to an hour. A negative one is over.
    #[serde(default = "an_hour")]
    seconds: i64,
}

fn an_hour() -> i64 {
    3600
}

/// The router of the control endpoint.
pub fn router(control: Control) -> Router {
    Router::new()
        .route("/calls", get(calls).delete(forget_calls))
        .route(
            "/faults",
            get(pending_faults).post(add_fault).delete(forget_faults),
        )
        .route("/clock", post(set_clock))
        .route("/roles", post(put_role))
        .route("/secrets", post(put_secret))
        .route("/sessions", get(sessions))
        .route("/web-identity-tokens", post(web_identity_token))
        .route("/{kind}/{id}/traffic", get(traffic))
        .route("/{kind}/{id}/failover", post(failover))
        .route("/{kind}/{id}/stop", post(stop))
        .route("/{kind}/{id}/start", post(start))
        .route("/{kind}/{id}/reboot", post(reboot))
        .route("/{kind}/{id}/lose-slots", post(lose_slots))
        .route("/{kind}/{id}/snapshot", post(snapshot))
        .route("/{kind}/{id}/restore", post(restore))
        .route("/{kind}/{id}/switchover", post(switchover))
        .route("/{kind}/{id}/settings", post(settings))
        .fallback(nothing_here)
        .method_not_allowed_fallback(nothing_here)
        .layer(axum::middleware::map_response(no_cache))
        .with_state(control)
}

async fn no_cache(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn nothing_here(method: Method, uri: Uri) -> Refusal {
    Refusal {
        status: StatusCode::NOT_FOUND,
        message: format!("there is no {method} {}", uri.path()),
    }
}

fn done() -> Answer {
    Ok(Json(json!({})))
}

fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal::bad_request(format!("the body cannot be read: {error}")))
}

async fn calls(State(control): State<Control>) -> Json<Value> {
    Json(json!(control.calls.counts()))
}

async fn forget_calls(State(control): State<Control>) -> Answer {
    control.calls.clear();
    done()
}

async fn pending_faults(State(control): State<Control>) -> Json<Value> {
    Json(json!(control.faults.pending()))
}

async fn add_fault(State(control): State<Control>, body: axum::body::Bytes) -> Answer {
    let fault: Fault = parse(&body)?;
    if let Some(complaint) = fault.complaint(&api::actions()) {
        return Err(Refusal::bad_request(complaint));
    }
    control.faults.add(fault);
    done()
}

async fn forget_faults(State(control): State<Control>) -> Answer {
    control.faults.clear();
    done()
}

async fn set_clock(State(control): State<Control>, body: axum::body::Bytes) -> Answer {
    let change: ClockChange = parse(&body)?;
    control.clock.set_ahead(change.ahead_seconds);
    done()
}

async fn put_secret(State(control): State<Control>, body: axum::body::Bytes) -> Answer {
    let secret: NewSecret = parse(&body)?;
    let (account_id, home) = control
        .account
        .with(|account| (account.id.clone(), account.region.clone()));
    let region = secret.region.unwrap_or(home);
    let arn = control
        .secrets
        .put(&account_id, &region, &secret.name, secret.value);
    Ok(Json(json!({ "arn": arn })))
}

async fn put_role(State(control): State<Control>, body: axum::body::Bytes) -> Answer {
    let role: Role = parse(&body)?;
    let arn = control
        .account
        .with(|account| api::sts::role_arn(account, &role.name));
    control.iam.put_role(role);
    Ok(Json(json!({ "arn": arn })))
}

async fn sessions(State(control): State<Control>) -> Json<Value> {
    Json(json!(control.iam.sessions()))
}

async fn web_identity_token(State(control): State<Control>, body: axum::body::Bytes) -> Answer {
    let request: TokenRequest = parse(&body)?;
    let life = jiff::SignedDuration::from_secs(request.seconds);
    let token = control
        .iam
        .issuer
        .token(&request.subject, life, control.clock.now());
    Ok(Json(json!({ "token": token })))
}

async fn traffic(State(control): State<Control>, target: Target) -> Answer {
    let publisher = identifier(&control, &target)?;
    let backend = control.account.backend(&publisher);
    Ok(Json(
        backend.map_or_else(|| json!({}), |backend| backend.traffic()),
    ))
}

async fn failover(State(control): State<Control>, target: Target) -> Answer {
    transition(&control, &target, Transition::Failover).await
}

async fn stop(State(control): State<Control>, target: Target) -> Answer {
    transition(&control, &target, Transition::Stop).await
}

async fn start(State(control): State<Control>, target: Target) -> Answer {
    transition(&control, &target, Transition::Start).await
}

/// Answers when the transition is over.
async fn transition(control: &Control, target: &Target, transition: Transition) -> Answer {
    let publisher = identifier(control, target)?;
    finished(control.account.begin(&publisher, transition)?).await
}

/// Reboots every instance; answers when all are up again.
async fn reboot(State(control): State<Control>, target: Target) -> Answer {
    let publisher = identifier(&control, &target)?;
    let instances: Vec<String> = control.account.with(|account| {
        let members = &account.publisher(&publisher)?.members;
        Ok::<_, model::Error>(
            members
                .iter()
                .map(|member| member.identifier.clone())
                .collect(),
        )
    })?;
    let mut reboots = Vec::new();
    for instance in instances {
        reboots.push(control.account.reboot_instance(&instance)?);
    }
    for reboot in reboots {
        let _done = finished(reboot).await?;
    }
    done()
}

/// Drops all replication slots.
async fn lose_slots(State(control): State<Control>, target: Target) -> Answer {
    let publisher = identifier(&control, &target)?;
    if let Some(backend) = control.account.backend(&publisher) {
        backend.lose_slots().await.map_err(Refusal::broke_off)?;
    }
    done()
}

async fn snapshot(State(control): State<Control>, target: Target) -> Answer {
    transition(&control, &target, Transition::Snapshot).await
}

async fn restore(State(control): State<Control>, target: Target) -> Answer {
    transition(&control, &target, Transition::Restore).await
}

/// Switches over to a green environment that has the same data, if RDS would: not from a blue one that has slots.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/blue-green-deployments-switching.html>
async fn switchover(State(control): State<Control>, target: Target) -> Answer {
    let publisher = identifier(&control, &target)?;
    if let Some(backend) = control.account.backend(&publisher) {
        let slots = backend.slots().await.map_err(Refusal::broke_off)?;
        if !slots.is_empty() {
            return Err(Refusal::bad_request(format!(
                "{publisher} is a logical source: drop its replication slots, switch over, and create them again ({})",
                slots.join(", ")
            )));
        }
    }
    transition(&control, &target, Transition::Switchover).await
}

async fn finished(task: tokio::task::JoinHandle<()>) -> Answer {
    task.await
        .map_err(|error| Refusal::broke_off(error.to_string()))?;
    done()
}

async fn settings(
    State(control): State<Control>,
    target: Target,
    body: axum::body::Bytes,
) -> Answer {
    let change: SettingsChange = parse(&body)?;
    if let Some(seconds) = change.apply_seconds
        && std::time::Duration::try_from_secs_f64(seconds).is_err()
    {
        return Err(Refusal::bad_request(
            "apply_seconds must be a number of seconds, at least 0",
        ));
    }
    let publisher = identifier(&control, &target)?;
    let behaviour = control.account.with(|account| {
        let behaviour = &mut account.publisher_mut(&publisher)?.behaviour;
        if let Some(seconds) = change.apply_seconds {
            behaviour.apply_seconds = seconds;
        }
        if let Some(readings) = change.stale_readings {
            behaviour.stale_readings = readings;
        }
        if let Some(counts) = change.creator_row_counts {
            behaviour.creator_row_counts = counts;
        }
        if let Some(publishes) = change.publishes_schemas {
            behaviour.publishes_schemas = publishes;
        }
        if let Some(restores) = change.restores_slots {
            behaviour.restores_slots = restores;
        }
        Ok::<Behaviour, model::Error>(behaviour.clone())
    })?;
    Ok(Json(json!({
        "apply_seconds": behaviour.apply_seconds,
        "stale_readings": behaviour.stale_readings,
        "creator_row_counts": behaviour.creator_row_counts,
        "publishes_schemas": behaviour.publishes_schemas,
        "restores_slots": behaviour.restores_slots,
    })))
}

/// The identifier of a cluster or of an instance that stands alone, however it was written.
fn identifier(control: &Control, Path((kind, id)): &Target) -> Result<String, Refusal> {
    control.account.with(|account| {
        let publisher = match kind.as_str() {
            "clusters" => account.cluster(id)?,
            "instances" => account.standalone_instance(id)?,
            _ => {
                return Err(Refusal {
                    status: StatusCode::NOT_FOUND,
                    message: format!("there is no /{kind}, only /clusters and /instances"),
                });
            }
        };
        Ok(publisher.identifier.clone())
    })
}
