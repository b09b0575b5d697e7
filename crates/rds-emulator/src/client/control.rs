//! Requests to the control endpoint.

use reqwest::Method;
use serde_json::Value;

/// Why a request to the control endpoint was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not be sent, or what came back is not JSON.
    #[error("the control endpoint could not be asked")]
    Http(#[from] reqwest::Error),
    /// The answer is another one than was expected.
    #[error("the control endpoint has another answer")]
    Answer(#[from] serde_json::Error),
    /// There is no such method.
    #[error("{0:?} is not an HTTP method")]
    Method(String),
    /// The stand-in refused it.
    #[error("{method} {path} was refused with status {status}: {body}")]
    Refused {
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// The HTTP status.
        status: u16,
        /// The answer.
        body: Value,
    },
}

/// Sends a request, such as `POST /faults` with what is to go wrong; a body of `null` is none.
///
/// # Errors
/// When it cannot be sent or is refused.
pub async fn control(
    endpoint: &str,
    method: &str,
    path: &str,
    body: &Value,
) -> Result<Value, Error> {
    let verb =
        Method::from_bytes(method.as_bytes()).map_err(|_| Error::Method(method.to_owned()))?;
    // Loopback is reached without the proxies that the environment may name.
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut request = client.request(verb, format!("{endpoint}{path}"));
    if !body.is_null() {
        request = request.body(body.to_string());
    }
    let response = request.send().await?;
    let status = response.status();
    let body: Value = response.json().await?;
    if status.is_success() {
        Ok(body)
    } else {
        Err(Error::Refused {
            method: method.to_owned(),
            path: path.to_owned(),
            status: status.as_u16(),
            body,
        })
    }
}
