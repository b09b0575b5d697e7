//! An ephemeral resource that is renewed and closed.

use std::{
    sync::LazyLock,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tfplugin::{
    Context, Diagnostic, Diagnostics, EphemeralResource, Field, Private,
    ephemeral_resource::{Opened, Renewed},
    schema::{Attribute, Schema},
};
use tokio::sync::watch;

use crate::obey;

/// How many renewals there were in this process.
static RENEWALS: LazyLock<watch::Sender<u32>> = LazyLock::new(watch::Sender::default);

/// Waits for a renewal, or for the request to stop.
pub async fn renewal(context: &Context) {
    let mut renewals = RENEWALS.subscribe();
    let renewed = renewals.wait_for(|count| *count > 0);
    context.cancellation().run_until_cancelled(renewed).await;
}

pub struct Token;

#[derive(Serialize, Deserialize)]
pub struct TokenModel {
    name: Field<String>,
    value: Field<String>,
}

fn private(key: &str) -> Result<Private, Diagnostic> {
    let mut private = Private::default();
    private
        .set(key, &true)
        .map_err(|error| Diagnostic::error("Cannot Remember", error.to_string()))?;
    Ok(private)
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[async_trait]
impl EphemeralResource<String> for Token {
    type Model = TokenModel;

    fn type_name(&self) -> &'static str {
        "golden_token"
    }

    fn schema(&self) -> Schema {
        Schema::new(0)
            .deprecated("Tokens are no more.")
            .attribute(Attribute::string("name").required())
            .attribute(Attribute::string("value").computed().sensitive())
    }

    async fn validate(&self, _context: &Context, config: TokenModel) -> Diagnostics {
        match obey(&config.name) {
            Ok(()) => Diagnostics::new(),
            Err(error) => error.into(),
        }
    }

    async fn open(
        &self,
        context: &Context,
        greeting: &String,
        config: TokenModel,
    ) -> Result<Opened<TokenModel>, Diagnostics> {
        obey(&config.name)?;
        let name = config.name.or_default();
        if matches!(name.as_str(), "wait" | "slow") {
            tracing::info!("waiting");
            context.cancellation().cancelled().await;
        }
        if name == "wait" {
            return Err(Diagnostic::error("Stopped", "It was asked to.").into());
        }
        let renew_at = match name.as_str() {
            "brief" => Some(SystemTime::now()),
            "forever" => None,
            _ => Some(at(1_700_000_000)),
        };
        Ok(Opened::new(TokenModel {
            value: format!("{greeting}-{name}-token").into(),
            ..config
        })
        .renew_at(renew_at)
        .keeping(match renew_at {
            Some(_) => private(&name)?,
            None => Private::default(),
        }))
    }

    async fn renew(
        &self,
        _context: &Context,
        _provider: &String,
        stored: &Private,
    ) -> Result<Renewed, Diagnostics> {
        RENEWALS.send_modify(|count| *count += 1);
        tracing::info!("renewed");
        for name in ["panic", "fail"] {
            if stored.get::<bool>(name).is_some() {
                obey(&name.into())?;
            }
        }
        Ok(Renewed::new()
            .renew_at(
                stored
                    .get::<bool>("renewed")
                    .is_none()
                    .then(|| at(1_800_000_000)),
            )
            .keeping(private("renewed")?))
    }

    async fn close(
        &self,
        _context: &Context,
        _provider: &String,
        stored: &Private,
    ) -> Result<Diagnostics, Diagnostics> {
        for name in ["panic", "fail"] {
            if stored.get::<bool>(name).is_some() {
                obey(&name.into())?;
            }
        }
        let is_brief = stored.get::<bool>("brief").is_some();
        let is_slow = stored.get::<bool>("slow").is_some();
        tracing::info!(is_brief, is_slow, "closed");
        Ok(match stored.get::<bool>("a") {
            Some(_) => Diagnostic::warning("Closed", "It was open.").into(),
            None => Diagnostics::new(),
        })
    }
}
