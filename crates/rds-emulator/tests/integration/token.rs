//! Tokens, verified in every part.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign},
    sign::v4,
};
use rds_emulator::{
    gate::{Login, Refusal, verify},
    model::AccessKeys,
    secret::Secret,
};

const HOST: &str = "orders.cluster-abc.eu-central-1.rds.amazonaws.com";

/// What a token is made of.
#[derive(Clone)]
struct Parts {
    key: &'static str,
    secret: &'static str,
    session_token: Option<&'static str>,
    host: String,
    user: &'static str,
    action: &'static str,
    region: &'static str,
    service: &'static str,
    age: i64,
    expires: u64,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            key: "AKIA",
            secret: "one",
            session_token: None,
            host: format!("{HOST}:5432"),
            user: "cdc",
            action: "connect",
            region: "eu-central-1",
            service: "rds-db",
            age: 0,
            expires: 900,
        }
    }
}

impl Parts {
    fn token(&self) -> String {
        let identity = Credentials::new(
            self.key,
            self.secret,
            self.session_token.map(str::to_owned),
            None,
            "test",
        )
        .into();
        let mut settings = SigningSettings::default();
        settings.expires_in = Some(Duration::from_secs(self.expires));
        settings.signature_location = SignatureLocation::QueryParams;
        let seconds = Duration::from_secs(self.age.unsigned_abs());
        let now = SystemTime::now();
        let time = if self.age < 0 {
            now + seconds
        } else {
            now - seconds
        };
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(time)
            .settings(settings)
            .build()
            .expect("the parameters are complete")
            .into();
        let mut url = reqwest::Url::parse(&format!("https://{}/", self.host)).expect("a URL");
        let user =
            percent_encoding::utf8_percent_encode(self.user, percent_encoding::NON_ALPHANUMERIC);
        url.set_query(Some(&format!("Action={}&DBUser={user}", self.action)));
        let request = SignableRequest::new(
            "GET",
            url.as_str(),
            std::iter::empty(),
            SignableBody::Bytes(&[]),
        )
        .expect("the request can be signed");
        let (instructions, _) = sign(request, &params).expect("it is signed").into_parts();
        let mut text = url.to_string();
        for (name, value) in instructions.params() {
            let value =
                percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
            text += &format!("&{name}={value}");
        }
        text.trim_start_matches("https://").to_owned()
    }

    fn verified(&self) -> Result<(), Refusal> {
        verified(&self.token(), self.user)
    }
}

fn verified(token: &str, user: &str) -> Result<(), Refusal> {
    let keys = AccessKeys::new()
        .with("AKIA", Secret::new("one"))
        .with_session("ASIA", Secret::new("two"), Secret::new("session"));
    let login = Login {
        hosts: &[HOST.to_owned()],
        port: 5432,
        region: "eu-central-1",
        user,
    };
    verify(token, &login, &keys, jiff::Timestamp::now())
}

#[test]
fn token_that_is_right_in_every_part_is_accepted() {
    let right = Parts::default();
    assert_eq!(right.verified(), Ok(()));
    let temporary = Parts {
        key: "ASIA",
        secret: "two",
        session_token: Some("session"),
        ..Parts::default()
    };
    assert_eq!(temporary.verified(), Ok(()));
    for user in ["a b", "a@b", "a+b", "a&b=c", "50%", "é", "a/b", "\"q\""] {
        assert_eq!(
            Parts {
                user,
                ..Parts::default()
            }
            .verified(),
            Ok(()),
            "{user}"
        );
    }
    for age in [890, -200] {
        assert_eq!(
            Parts {
                age,
                ..Parts::default()
            }
            .verified(),
            Ok(()),
            "{age}"
        );
    }
}

#[test]
fn token_with_one_wrong_part_is_refused() {
    let right = Parts::default;
    let wrong = [
        (
            "secret",
            Parts {
                secret: "other",
                ..right()
            },
        ),
        (
            "access key",
            Parts {
                key: "AKIB",
                ..right()
            },
        ),
        (
            "session token missing",
            Parts {
                key: "ASIA",
                secret: "two",
                ..right()
            },
        ),
        (
            "session token too much",
            Parts {
                session_token: Some("session"),
                ..right()
            },
        ),
        (
            "host",
            Parts {
                host: format!("other.{HOST}:5432"),
                ..right()
            },
        ),
        (
            "port",
            Parts {
                host: format!("{HOST}:5433"),
                ..right()
            },
        ),
        (
            "action",
            Parts {
                action: "describe",
                ..right()
            },
        ),
        (
            "region",
            Parts {
                region: "eu-west-1",
                ..right()
            },
        ),
        (
            "service",
            Parts {
                service: "rds",
                ..right()
            },
        ),
        (
            "too old",
            Parts {
                age: 960,
                ..right()
            },
        ),
        (
            "not yet",
            Parts {
                age: -400,
                ..right()
            },
        ),
        (
            "short-lived",
            Parts {
                age: 61,
                expires: 60,
                ..right()
            },
        ),
        (
            "long-lived",
            Parts {
                expires: 3600,
                ..right()
            },
        ),
    ];
    for (what, parts) in wrong {
        assert!(parts.verified().is_err(), "{what}");
    }
    assert!(verified(&right().token(), "other").is_err());
    assert!(verified(&right().token(), "CDC").is_err());
}

#[test]
fn token_that_was_changed_after_signing_is_refused() {
    let token = Parts::default().token();
    assert_eq!(verified(&token, "cdc"), Ok(()));
    let other_user = token.replace("DBUser=cdc", "DBUser=other");
    assert_eq!(verified(&other_user, "other"), Err(Refusal::Signature));
    assert!(verified(&token[..token.len() - 1], "cdc").is_err());
    for not_a_token in ["", "password", "host/?", "/?Action=connect"] {
        assert!(verified(not_a_token, "cdc").is_err(), "{not_a_token}");
    }
}
