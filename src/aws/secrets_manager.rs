//! AWS Secrets Manager: the login of a database user.
//!
//! A secret is a JSON object in the form that RDS and the rotation templates use. Only `username` and
//! `password` are looked at: whatever else is in it, and in what form, is up to others.
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html>

use aws_sdk_secretsmanager::config::{Config, Region};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Clients, Error, Scope,
    call::Call,
    error::{Cause, GET_SECRET_VALUE},
};
use crate::{region, secret::Secret};

/// What a secret says of a login, in whatever form.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Login {
    username: Option<Value>,
    password: Option<Value>,
}

/// Reads the user in the current version of a secret, which is looked for in the Region of its ARN.
///
/// # Errors
/// When the secret is not there, may not be read, or has no `username`.
pub async fn get_username(clients: &Clients, scope: &Scope, arn: &str) -> Result<String, Error> {
    let login = get_login(clients, scope, arn).await?;
    text(login.username, "username").map_err(|reason| unusable(arn, reason))
}

/// Reads the password in the current version of a secret, which is looked for in the Region of its ARN.
///
/// # Errors
/// When the secret is not there, may not be read, or has no `password`.
pub async fn get_password(clients: &Clients, scope: &Scope, arn: &str) -> Result<Secret, Error> {
    let login = get_login(clients, scope, arn).await?;
    text(login.password, "password")
        .map(Secret::new)
        .map_err(|reason| unusable(arn, reason))
}

async fn get_login(clients: &Clients, scope: &Scope, arn: &str) -> Result<Login, Error> {
    let client = clients.secrets_manager(scope).await?;
    let region = match region_of(arn) {
        Some(region) => region,
        None => clients.region(scope).await?,
    };
    let region = Region::new(region.to_owned());
    let output = Call::read(GET_SECRET_VALUE, arn)
        .run(clients, scope, || {
            let request = client.get_secret_value().secret_id(arn).customize();
            let there = Config::builder().region(region.clone());
            request.config_override(there).send()
        })
        .await?;
    parse(output.secret_string()).map_err(|reason| unusable(arn, reason.to_owned()))
}

/// The Region in the ARN of a secret; `None` for its name alone.
fn region_of(arn: &str) -> Option<&str> {
    let region = arn.strip_prefix("arn:")?.split(':').nth(2)?;
    region::is_region(region).then_some(region)
}

/// Reads the text of a secret. The reason that serde gives may quote the text, so it goes no further.
fn parse(text: Option<&str>) -> Result<Login, &'static str> {
    const NO_OBJECT: &str = "its text is not a JSON object";
    let text = text.ok_or("it is binary, where a text is needed")?;
    // An array would do as well for serde.
    if !text.trim_start().starts_with('{') {
        return Err(NO_OBJECT);
    }
    serde_json::from_str(text).map_err(|_| NO_OBJECT)
}

/// A member of the secret that must be a text.
fn text(value: Option<Value>, name: &str) -> Result<String, String> {
    match value {
        None => Err(format!("it has no `{name}`")),
        Some(Value::String(text)) if text.is_empty() => Err(format!("its `{name}` is empty")),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("its `{name}` is not a string")),
    }
}

fn unusable(arn: &str, reason: String) -> Error {
    Error::new(GET_SECRET_VALUE, arn, Cause::UnusableSecret(reason))
}

#[cfg(test)]
mod tests {
    use std::{
        fmt,
        fmt::Write as _,
        sync::{Arc, Mutex},
    };

    use tracing::{
        Event, Metadata, Subscriber,
        field::{Field, Visit},
        span,
    };

    use super::*;
    use crate::aws::{
        Config, auth_token,
        testing::{Reply, Server, hasty, scope},
    };

    /// Everything that is logged, at every level.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<String>>);

    impl Visit for Log {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            let mut log = self.0.lock().unwrap();
            writeln!(log, "{field}={value:?}").unwrap();
        }
    }

    impl Subscriber for Log {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
            attributes.record(&mut self.clone());
            span::Id::from_u64(1)
        }
        fn record(&self, _: &span::Id, values: &span::Record<'_>) {
            values.record(&mut self.clone());
        }
        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
        fn event(&self, event: &Event<'_>) {
            event.record(&mut self.clone());
        }
        fn enter(&self, _: &span::Id) {}
        fn exit(&self, _: &span::Id) {}
    }

    #[tokio::test]
    async fn secrets_are_in_no_log_at_any_level() {
        let server = Server::start(|_| {
            Reply::Answer(
                200,
                r#"{"ARN":"arn","SecretString":"{\"username\":\"u\",\"password\":\"hush-password\"}"}"#.to_owned(),
            )
        })
        .await;
        let clients = hasty(Config {
            secret_key: Some(Secret::new("hush-key")),
            token: Some(Secret::new("hush-token")),
            ..server.config()
        });
        let log = Log::default();
        // While there is one subscriber alone, a record that another test makes first is taken for one
        // that nobody wants.
        let _another = tracing::Dispatch::new(Log::default());
        let guard = tracing::subscriber::set_default(log.clone());
        let password = get_password(&clients, &scope(), "arn").await.unwrap();
        let token = auth_token::sign(&clients, &scope(), "host", 5432, None, "cdc")
            .await
            .unwrap();
        drop(guard);
        assert_eq!(password.expose(), "hush-password");
        let log = log.0.lock().unwrap();
        assert!(log.contains("secretsmanager:GetSecretValue"), "{log}");
        let signature = token.secret.expose().rsplit_once('=').unwrap().1;
        for hidden in ["hush", signature] {
            let leaks: Vec<&str> = log.lines().filter(|line| line.contains(hidden)).collect();
            assert!(leaks.is_empty(), "{leaks:#?}");
        }
    }

    fn password(secret: &str) -> Result<String, String> {
        let login = parse(Some(secret)).map_err(str::to_owned)?;
        text(login.password, "password")
    }

    #[test]
    fn secret_managed_by_rds_has_user_and_password_alone() {
        let login = parse(Some(r#"{"username":"postgres","password":"p\"w"}"#)).unwrap();
        assert_eq!(text(login.username, "username").unwrap(), "postgres");
        assert_eq!(text(login.password, "password").unwrap(), "p\"w");
    }

    #[test]
    fn secret_whose_other_members_are_odd_is_taken() {
        for odd in [
            r#""port":"5433""#,
            r#""port":99999999"#,
            r#""port":1e999,"engine":7"#,
            r#""port":"hush","host":null,"dbname":["d"]"#,
            r#""host":{"writer":{"name":"h"}},"username":{"name":"u"}"#,
            r#""":null"#,
        ] {
            let secret = format!(r#" {{{odd},"password":"hush"}}"#);
            assert_eq!(password(&secret).as_deref(), Ok("hush"), "{odd}");
        }
    }

    #[test]
    fn secret_in_another_form_is_refused_without_its_text() {
        for (secret, reason) in [
            ("", "not a JSON object"),
            ("hush-hush", "not a JSON object"),
            (r#"{"password":"hush-hush""#, "not a JSON object"),
            (r#"["u","hush-hush"]"#, "not a JSON object"),
            (r#""{\"password\":\"hush-hush\"}""#, "not a JSON object"),
            (r#"{"username":"u","pass":"hush-hush"}"#, "no `password`"),
            (r#"{"password":null}"#, "no `password`"),
            (r#"{"password":""}"#, "is empty"),
            (r#"{"password":["hush-hush"]}"#, "not a string"),
            (r#"{"password":20261126}"#, "not a string"),
        ] {
            let said = password(secret).unwrap_err();
            assert!(said.contains(reason), "{secret}: {said}");
            assert!(!said.contains("hush") && !said.contains("2026"), "{said}");
        }
        assert!(parse(None).is_err_and(|reason| reason.contains("binary")));
    }

    #[tokio::test]
    async fn secret_is_read_in_the_region_of_its_arn() {
        let server = Server::start(|_| {
            Reply::Answer(
                200,
                r#"{"SecretString":"{\"password\":\"hush\"}"}"#.to_owned(),
            )
        })
        .await;
        for (arn, region) in [
            (
                "arn:aws:secretsmanager:us-west-2:1:secret:s-AbCdEf",
                "us-west-2",
            ),
            (
                "arn:aws-cn:secretsmanager:cn-north-1:1:secret:s",
                "cn-north-1",
            ),
            ("s", "eu-central-1"),
        ] {
            get_password(&server.clients(), &scope(), arn)
                .await
                .unwrap();
            let signed = server.requests().pop().unwrap().authorization;
            assert!(
                signed.contains(&format!("/{region}/secretsmanager/")),
                "{signed}"
            );
        }
    }
}
