//! The AWS side: RDS and STS in AWS Query, Secrets Manager in JSON, on one endpoint.
//!
//! A request is read, counted, run into a fault if one is due, verified, and then answered by
//! the service that it is signed for.

pub mod calls;
pub mod error;
pub mod faulted;
pub mod faults;
pub mod form;
pub mod listener;
pub mod page;
pub mod rds;
pub mod secrets_manager;
pub mod sigv4;
pub mod sts;
pub mod xml;

use std::{io, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, Response, StatusCode, header},
};
use jiff::Timestamp;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::{
    calls::Calls,
    error::ApiError,
    faulted::Faulted,
    faults::Faults,
    form::Form,
    listener::{BreakableListener, Breaker},
    sigv4::SignedRequest,
    xml::Element,
};
use crate::{
    clock::Clock,
    model::{AccessKeys, Iam, Secrets, SharedAccount},
};

/// Longest request body, in bytes; the longest real one is a few kilobytes.
const BODY_LIMIT: usize = 1 << 20;
/// The form of `Date`, as RFC 9110 has it.
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";
/// The region that STS also signs for, as its global endpoint does.
const STS_GLOBAL_REGION: &str = "us-east-1";

/// What the API answers from.
#[derive(Clone)]
pub struct Service {
    /// The pretended account.
    pub account: SharedAccount,
    /// Who may call.
    pub access_keys: Arc<AccessKeys>,
    /// What roles they may assume.
    pub iam: Iam,
    /// Its secrets, besides those of the master users.
    pub secrets: Secrets,
    /// What time it is.
    pub clock: Clock,
    /// What goes wrong.
    pub faults: Faults,
    /// What was called.
    pub calls: Calls,
    /// Ends late answers.
    pub stopped: CancellationToken,
}

/// A running HTTP server.
#[derive(Debug)]
pub struct Server {
    /// Its base URL.
    pub endpoint: String,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Waits until it has stopped, which the token given to it makes it do.
    pub async fn stopped(self) {
        let abort = self.task.abort_handle();
        // A client that keeps its connection busy does not keep the server.
        if tokio::time::timeout(std::time::Duration::from_secs(1), self.task)
            .await
            .is_err()
        {
            abort.abort();
        }
    }

    /// Serves a router on a free loopback port until the token is cancelled.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start(router: Router, stopped: CancellationToken) -> io::Result<Self> {
        use axum::serve::Listener as _;
        let listener = BreakableListener::bind().await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let service = router.into_make_service_with_connect_info::<Breaker>();
        let serving = axum::serve(listener, service)
            .with_graceful_shutdown(async move { stopped.cancelled().await });
        Ok(Self {
            endpoint,
            task: tokio::spawn(serving.into_future()),
        })
    }
}

/// The protocols that AWS services speak here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Rds,
    Sts,
    SecretsManager,
}

impl Protocol {
    /// Told by the credential scope; without one, by what the request looks like.
    fn of(request: &SignedRequest<'_>, form: &Form) -> Self {
        match sigv4::claimed_service(request.headers).as_deref() {
            Some("secretsmanager") => Self::SecretsManager,
            Some("sts") => Self::Sts,
            Some("rds") => Self::Rds,
            _ if request.headers.contains_key("x-amz-target") => Self::SecretsManager,
            _ if form.get("Version") == Some(sts::VERSION) => Self::Sts,
            _ => Self::Rds,
        }
    }

    fn signing_name(self) -> &'static str {
        match self {
            Self::Rds => "rds",
            Self::Sts => "sts",
            Self::SecretsManager => "secretsmanager",
        }
    }

    fn namespace(self) -> &'static str {
        match self {
            Self::Sts => sts::NAMESPACE,
            Self::Rds | Self::SecretsManager => rds::NAMESPACE,
        }
    }
}

/// All actions that are answered here.
pub fn actions() -> Vec<&'static str> {
    let mut actions = rds::ACTIONS.to_vec();
    actions.extend(sts::ACTIONS);
    actions.push(secrets_manager::ACTION);
    actions
}

/// The router of the AWS endpoint.
pub fn router(service: Service) -> Router {
    Router::new().fallback(handle).with_state(service)
}

async fn handle(
    State(service): State<Service>,
    ConnectInfo(breaker): ConnectInfo<Breaker>,
    request: Request,
) -> Response<Body> {
    let request_id = Uuid::new_v4().to_string();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        let error = ApiError::new(
            "RequestEntityTooLarge",
            StatusCode::PAYLOAD_TOO_LARGE,
            "The request is too large or was cut off.",
        );
        return refuse(Protocol::Rds, &error, &request_id);
    };
    let now = service.clock.now();
    let request = SignedRequest {
        method: &parts.method,
        uri: &parts.uri,
        headers: &parts.headers,
        body: &body,
    };
    // AWS Query takes its parameters from the query string as well.
    let form = match parts.uri.query() {
        Some(query) if body.is_empty() => Form::parse(query.as_bytes()),
        _ => Form::parse(&body),
    };
    let protocol = Protocol::of(&request, &form);
    let action = match protocol {
        Protocol::SecretsManager => secrets_manager::action(request.headers),
        Protocol::Rds | Protocol::Sts => form.get("Action").map(str::to_owned),
    }
    .unwrap_or_default();
    if !action.is_empty() {
        service.calls.count(&action);
    }
    let Faulted { form, arrival } = faulted::run_into(&service, &action, form, &body, &breaker);
    let result = form.and_then(|form| {
        let call = Call {
            protocol,
            action: &action,
            form: &form,
            request_id: &request_id,
            now,
        };
        answer(&service, &request, call)
    });
    let mut response = match result {
        Ok(response) => {
            tracing::debug!(action, request_id, "answered");
            response
        }
        Err(error) => {
            tracing::debug!(
                action,
                request_id,
                code = error.code,
                message = error.message,
                "refused"
            );
            refuse(protocol, &error, &request_id)
        }
    };
    if let Ok(date) = HeaderValue::try_from(now.strftime(HTTP_DATE).to_string()) {
        response.headers_mut().insert(header::DATE, date);
    }
    arrival.of(response, &service.stopped).await
}

/// A call that has been read.
struct Call<'a> {
    protocol: Protocol,
    action: &'a str,
    form: &'a Form,
    request_id: &'a str,
    now: Timestamp,
}

fn answer(
    service: &Service,
    request: &SignedRequest<'_>,
    call: Call<'_>,
) -> Result<Response<Body>, ApiError> {
    let Call {
        protocol,
        action,
        form,
        request_id,
        now,
    } = call;
    let mut regions = vec![service.account.with(|account| account.region.clone())];
    match protocol {
        Protocol::Sts => regions.push(STS_GLOBAL_REGION.to_owned()),
        Protocol::SecretsManager => regions.extend(service.secrets.regions()),
        Protocol::Rds => {}
    }
    let signed_for = match protocol {
        // Whoever has no credentials yet proves itself with a token.
        Protocol::Sts if action == sts::WITH_WEB_IDENTITY => None,
        _ => {
            let scope = sigv4::verify(
                request,
                &service.access_keys,
                &regions,
                &[protocol.signing_name()],
                now,
            )?;
            service.iam.count_call(&scope.access_key_id, action);
            Some(scope)
        }
    };
    let caller = signed_for
        .as_ref()
        .map(|scope| scope.access_key_id.as_str());
    let region = signed_for.as_ref().map_or("", |scope| &scope.region);
    let result = match protocol {
        Protocol::SecretsManager => {
            let body = secrets_manager::call(
                &service.account,
                &service.secrets,
                region,
                action,
                request.body,
            )?;
            return respond(
                StatusCode::OK,
                secrets_manager::CONTENT_TYPE,
                request_id,
                body,
            );
        }
        Protocol::Sts => sts::call(service, caller, action, form, now)?,
        Protocol::Rds => rds::call(&service.account, action, form)?,
    };
    let metadata = Element::new("ResponseMetadata").member("RequestId", request_id);
    let envelope = Element::new(format!("{action}Response"))
        .namespace(protocol.namespace())
        .with_all(result)
        .with(metadata);
    let document = envelope
        .document()
        .map_err(|_| ApiError::internal_failure())?;
    respond(StatusCode::OK, "text/xml", request_id, document)
}

fn refuse(protocol: Protocol, error: &ApiError, request_id: &str) -> Response<Body> {
    let response = match protocol {
        Protocol::SecretsManager => {
            let body = serde_json::json!({ "__type": error.json_code(), "message": error.message });
            respond(
                error.json_status(),
                secrets_manager::CONTENT_TYPE,
                request_id,
                body.to_string().into_bytes(),
            )
        }
        Protocol::Rds | Protocol::Sts => {
            let kind = if error.is_sender() {
                "Sender"
            } else {
                "Receiver"
            };
            let inner = Element::new("Error")
                .member("Type", kind)
                .member("Code", error.code)
                .member("Message", &error.message);
            Element::new("ErrorResponse")
                .namespace(protocol.namespace())
                .with(inner)
                .member("RequestId", request_id)
                .document()
                .map_err(|_| ApiError::internal_failure())
                .and_then(|document| respond(error.status, "text/xml", request_id, document))
        }
    };
    response.unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

fn respond(
    status: StatusCode,
    content_type: &str,
    request_id: &str,
    body: Vec<u8>,
) -> Result<Response<Body>, ApiError> {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, content_type)
        .header("x-amzn-RequestId", request_id)
        .body(Body::from(body))
        .map_err(|_| ApiError::internal_failure())
}
