//! AWS Secrets Manager: the password of a database user.

use serde::{Deserialize, Deserializer, de::Error as _};

use super::{Clients, Error, Scope, call::Call, error::Cause};
use crate::secret::Secret;

/// A secret in the form that RDS and the rotation templates use. The one that RDS manages for the
/// master user holds the user and the password alone.
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html>
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MasterSecret {
    /// The user.
    pub username: String,
    /// The user's password.
    pub password: Secret,
    /// The host to connect to.
    #[serde(default)]
    pub host: Option<String>,
    /// The port; written as a number by some and as a string by others.
    #[serde(default, deserialize_with = "port")]
    pub port: Option<u16>,
    /// The database.
    #[serde(default)]
    pub dbname: Option<String>,
}

/// Reads the current version of a secret, by its ARN or name.
///
/// # Errors
/// When it is not there, may not be read, or is not JSON with `username` and `password`.
pub async fn get_master_secret(
    clients: &Clients,
    scope: &Scope,
    arn: &str,
) -> Result<MasterSecret, Error> {
    const ACTION: &str = "secretsmanager:GetSecretValue";
    let client = clients.secrets_manager(scope).await?;
    let output = Call::read(ACTION, arn)
        .run(clients, scope, || {
            client.get_secret_value().secret_id(arn).send()
        })
        .await?;
    parse(output.secret_string().unwrap_or_default())
        .map_err(|reason| Error::new(ACTION, arn, Cause::Malformed(reason.to_owned())))
}

/// Reads the text of a secret. The reason that serde gives may quote the text, so it goes no
/// further.
fn parse(text: &str) -> Result<MasterSecret, &'static str> {
    serde_json::from_str(text).map_err(|_| {
        "the secret is not a JSON object with the strings `username` and `password`, and `port`, if any, \
         a number from 1 to 65535"
    })
}

fn port<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Port {
        Number(u16),
        Text(String),
    }
    match Option::<Port>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Port::Number(port)) => Ok(Some(port)),
        Some(Port::Text(text)) if text.is_empty() => Ok(None),
        Some(Port::Text(text)) => text
            .parse()
            .map(Some)
            .map_err(|_| D::Error::custom("not a port")),
    }
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
        let guard = tracing::subscriber::set_default(log.clone());
        let secret = get_master_secret(&clients, &scope(), "arn").await.unwrap();
        let token = auth_token::sign(&clients, &scope(), "host", 5432, None, "cdc")
            .await
            .unwrap();
        drop(guard);
        assert_eq!(secret.password.expose(), "hush-password");
        let log = log.0.lock().unwrap();
        assert!(log.contains("secretsmanager:GetSecretValue"), "{log}");
        let signature = token.secret.expose().rsplit_once('=').unwrap().1;
        for hidden in ["hush", signature] {
            let leaks: Vec<&str> = log.lines().filter(|line| line.contains(hidden)).collect();
            assert!(leaks.is_empty(), "{leaks:#?}");
        }
    }

    #[test]
    fn master_secret_managed_by_rds_has_user_and_password_alone() {
        let secret = parse(r#"{"username":"postgres","password":"p\"w"}"#).unwrap();
        assert_eq!(secret.username, "postgres");
        assert_eq!(secret.password.expose(), "p\"w");
        assert_eq!(
            (secret.host, secret.port, secret.dbname),
            (None, None, None)
        );
    }

    #[test]
    fn master_secret_port_is_a_number_or_a_string() {
        for port in ["5433", "\"5433\""] {
            let text = format!(
                r#"{{"engine":"postgres","host":"h","username":"u","password":"p","dbname":"d","port":{port}}}"#
            );
            let secret = parse(&text).unwrap();
            assert_eq!(secret.port, Some(5433));
            assert_eq!(secret.host.as_deref(), Some("h"));
            assert_eq!(secret.dbname.as_deref(), Some("d"));
        }
        for port in ["null", "\"\""] {
            let text = format!(r#"{{"username":"u","password":"p","port":{port}}}"#);
            assert_eq!(parse(&text).unwrap().port, None);
        }
    }

    #[test]
    fn master_secret_in_another_form_is_refused_without_its_text() {
        for text in [
            "",
            "hush-hush",
            r#"{"username":"u","pass":"hush-hush"}"#,
            r#"{"username":"u","password":"hush-hush","port":"hush-hush"}"#,
            r#"["hush-hush"]"#,
        ] {
            let reason = parse(text).unwrap_err();
            assert!(!reason.contains("hush"), "{reason}");
        }
    }
}
