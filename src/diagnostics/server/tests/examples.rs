//! An error of each row, with what is known besides.

use std::time::{Duration, SystemTime};

use crate::{
    aws::{
        ClockSkew,
        auth_token::SignedFor,
        rds::{
            publisher::{Follows, Publisher},
            wait::MemberStatus,
        },
    },
    connection::{Access, Circumstances, LoginMethod, Reached},
    diagnostics::server::{
        advice,
        case::{Case, Known},
    },
    postgres::{AuthRequest, Error, ServerError},
    prerequisites,
};

pub(super) const HOST: &str = "orders.cluster-c1a2b3.eu-central-1.rds.amazonaws.com";
pub(super) const ARN: &str = "arn:aws:secretsmanager:eu-central-1:1:secret:s";

/// An error, and what is known besides.
pub(super) struct Example {
    pub(super) error: Error,
    pub(super) access: Access,
    pub(super) circumstances: Circumstances,
    is_on_probation: bool,
}

impl Example {
    pub(super) fn new(error: Error) -> Self {
        Self {
            error,
            access: Access {
                target: "orders".to_owned(),
                host: HOST.to_owned(),
                username: "master".to_owned(),
                method: LoginMethod::Password { variable: None },
                follows: None,
            },
            circumstances: Circumstances::default(),
            is_on_probation: false,
        }
    }

    pub(super) fn with(self, method: LoginMethod) -> Self {
        let access = Access {
            method,
            ..self.access
        };
        Self { access, ..self }
    }

    pub(super) fn seen(self, circumstances: Circumstances) -> Self {
        Self {
            circumstances,
            ..self
        }
    }

    /// With this token, and the publisher that it is held against.
    pub(super) fn with_token(self, signed_for: SignedFor, publisher: Option<Publisher>) -> Self {
        self.with(LoginMethod::Token).seen(Circumstances {
            publisher,
            signed_for: Some(signed_for),
            demanded: Some(AuthRequest::Token),
            ..Circumstances::default()
        })
    }

    pub(super) fn known(&self) -> Known<'_> {
        Known {
            access: &self.access,
            circumstances: &self.circumstances,
            is_on_probation: self.is_on_probation,
        }
    }

    pub(super) fn case(&self) -> Case {
        Case::of(&self.error, self.known())
    }

    pub(super) fn advice(&self) -> String {
        advice(&self.error, self.known())
    }
}

fn said(sqlstate: &str, message: &str, is_fatal: bool) -> Error {
    Error::Server {
        attempted: "do something".to_owned(),
        said: Box::new(ServerError {
            sqlstate: sqlstate.to_owned(),
            message: message.to_owned(),
            detail: None,
            hint: None,
            is_fatal,
        }),
    }
}

fn at_login(sqlstate: &str, message: &str) -> Example {
    Example::new(said(sqlstate, message, true))
}

fn of_statement(sqlstate: &str, message: &str) -> Example {
    Example::new(said(sqlstate, message, false))
}

pub(super) fn pam() -> Example {
    at_login("28000", "PAM authentication failed for user \"master\"")
}

pub(super) fn wrong_password() -> Example {
    at_login(
        "28P01",
        "password authentication failed for user \"master\"",
    )
}

pub(super) fn unreachable() -> Example {
    Example::new(Error::Connection {
        endpoint: format!("{HOST}:5432"),
        reason: "Connection refused".to_owned(),
    })
}

pub(super) fn publisher() -> Publisher {
    Publisher {
        arn: "arn:aws:rds:eu-central-1:123456789012:cluster:orders".to_owned(),
        resource_id: "cluster-ABC".to_owned(),
        endpoint: Some(HOST.to_owned()),
        port: Some(5432),
        ..prerequisites::tests::publisher()
    }
}

fn in_status(status: &str) -> Example {
    let publisher = Some(Publisher {
        status: status.to_owned(),
        ..publisher()
    });
    unreachable().seen(Circumstances {
        publisher,
        ..Circumstances::default()
    })
}

pub(super) fn token() -> SignedFor {
    SignedFor {
        host: HOST.to_owned(),
        port: 5432,
        region: "eu-central-1".to_owned(),
        username: "master".to_owned(),
        access_key_id: "AKIDEXAMPLE".to_owned(),
        expires_at: SystemTime::now() + Duration::from_secs(900),
    }
}

fn reached(reached: Reached) -> Circumstances {
    Circumstances {
        reached: Some(reached),
        ..Circumstances::default()
    }
}

fn attribute(give: bool) -> Error {
    let Error::Server { said, .. } = said("42501", "permission denied", false) else {
        unreachable!("it is one of a server");
    };
    Error::ReplicationAttribute { give, said }
}

/// At least one example for each row.
pub(super) fn examples() -> Vec<(Case, Example)> {
    let name = || "grant".to_owned();
    let no_rule =
        "no pg_hba.conf entry for host \"10.0.0.1\", user \"master\", database \"shop\", ";
    let reader = Example {
        access: Access {
            host: HOST.replace("cluster-", "cluster-ro-"),
            ..pam().access
        },
        ..of_statement(
            "25006",
            "cannot execute GRANT ROLE in a read-only transaction",
        )
    };
    let secondary = of_statement(
        "0A000",
        "cannot set transaction read-write mode during recovery",
    );
    let secondary = Example {
        access: Access {
            follows: Some(Follows::GlobalDatabase("world".to_owned())),
            ..secondary.access
        },
        ..secondary
    };
    let writer_reboots = unreachable().seen(Circumstances {
        publisher: Some(publisher()),
        unavailable: vec![MemberStatus {
            identifier: "orders-1".to_owned(),
            status: "rebooting".to_owned(),
        }],
        ..Circumstances::default()
    });
    let on_probation = |example: Example| Example {
        is_on_probation: true,
        ..example
    };
    let without_iam = Publisher {
        iam_database_authentication_enabled: false,
        pending_iam_database_authentication_enabled: Some(true),
        ..publisher()
    };
    vec![
        (Case::NoName, unreachable().seen(reached(Reached::NoName))),
        (Case::Stopped, in_status("stopped")),
        (Case::Deleting, in_status("deleting")),
        (Case::Broken, in_status("storage-full")),
        (
            Case::Broken,
            in_status("inaccessible-encryption-credentials"),
        ),
        (Case::Busy, in_status("failing-over")),
        (Case::Busy, writer_reboots),
        (Case::Unreachable, in_status("available")),
        (Case::Unreachable, unreachable()),
        (
            Case::Unreachable,
            unreachable().seen(reached(Reached::NoAnswer(Vec::new()))),
        ),
        (
            Case::Tls,
            Example::new(Error::Tls("unknown issuer".to_owned())),
        ),
        (Case::Closed, unreachable().seen(reached(Reached::Tcp))),
        (
            Case::StartingUp,
            at_login("57P03", "the database system is starting up"),
        ),
        (
            Case::NoTls,
            at_login("28000", &format!("{no_rule}no encryption")).with(LoginMethod::Token),
        ),
        (Case::NoTls, at_login("28000", &format!("{no_rule}SSL off"))),
        (
            Case::NoRule,
            at_login("28000", &format!("{no_rule}SSL encryption")),
        ),
        (
            Case::TooManyForRole,
            at_login("53300", "too many connections for role \"master\""),
        ),
        (
            Case::TooManyForDatabase,
            at_login("53300", "too many connections for database \"shop\""),
        ),
        (
            Case::TooMany,
            at_login("53300", "sorry, too many clients already"),
        ),
        (
            Case::NoDatabase,
            at_login("3D000", "database \"nowhere\" does not exist"),
        ),
        (
            Case::DatabaseClosed,
            at_login(
                "55000",
                "database \"template0\" is not currently accepting connections",
            ),
        ),
        (
            Case::NoConnect,
            at_login("42501", "permission denied for database \"shop\""),
        ),
        (
            Case::NoLogin,
            at_login("28000", "role \"master\" is not permitted to log in"),
        ),
        (Case::OwnProbation, on_probation(pam())),
        (Case::OwnProbation, on_probation(wrong_password())),
        (
            Case::TokenRefused,
            on_probation(pam()).with(LoginMethod::Token),
        ),
        (Case::Forced, pam()),
        (
            Case::Forced,
            pam().with(LoginMethod::ManagedSecret(ARN.to_owned())),
        ),
        (
            Case::TokenForAnotherHost,
            pam().with_token(
                SignedFor {
                    host: "orders.example.com".to_owned(),
                    region: "eu-west-1".to_owned(),
                    ..token()
                },
                None,
            ),
        ),
        (
            Case::TokenForAnotherHost,
            pam().with_token(
                SignedFor {
                    port: 7654,
                    ..token()
                },
                Some(publisher()),
            ),
        ),
        (
            Case::TokenForAnotherRegion,
            pam().with_token(
                SignedFor {
                    region: "eu-west-1".to_owned(),
                    ..token()
                },
                None,
            ),
        ),
        (
            Case::IamOff,
            pam().with_token(token(), Some(without_iam.clone())),
        ),
        (
            Case::TokenExpired,
            Example {
                access: Access {
                    method: LoginMethod::GivenToken,
                    ..pam().access
                },
                ..pam().with_token(
                    SignedFor {
                        expires_at: SystemTime::now(),
                        ..token()
                    },
                    None,
                )
            },
        ),
        (
            Case::TokenForAnotherUser,
            wrong_password().with_token(
                SignedFor {
                    username: "somebody".to_owned(),
                    ..token()
                },
                Some(publisher()),
            ),
        ),
        (
            Case::TokenOfAnotherTime,
            pam().with(LoginMethod::Token).seen(Circumstances {
                signed_for: Some(token()),
                clock_skew: Some(ClockSkew::Ahead(Duration::from_secs(1200))),
                ..Circumstances::default()
            }),
        ),
        (
            Case::IamOff,
            Example {
                circumstances: Circumstances {
                    publisher: Some(without_iam.clone()),
                    ..Circumstances::default()
                },
                ..pam().with(LoginMethod::Secret(ARN.to_owned()))
            },
        ),
        (
            Case::TokenRefused,
            pam().with_token(token(), Some(publisher())),
        ),
        (Case::TokenRefused, pam().with_token(token(), None)),
        (
            Case::NoTokenWanted,
            wrong_password().with_token(token(), Some(publisher())),
        ),
        (Case::WrongPassword, wrong_password()),
        (
            Case::WrongVariable,
            wrong_password().with(LoginMethod::Password {
                variable: Some("PGPASSWORD"),
            }),
        ),
        (
            Case::WrongSecret,
            wrong_password().with(LoginMethod::Secret(ARN.to_owned())),
        ),
        (
            Case::WrongManagedSecret,
            wrong_password().with(LoginMethod::ManagedSecret(ARN.to_owned())),
        ),
        (Case::OtherLogin, at_login("28000", "odd")),
        (Case::Reader, reader),
        (Case::Secondary, secondary),
        (
            Case::InRecovery,
            of_statement(
                "25006",
                "cannot execute GRANT ROLE in a read-only transaction",
            ),
        ),
        (
            Case::PasswordRestricted,
            of_statement("42501", "must be a member of rds_password"),
        ),
        (Case::AttributeNotGiven, Example::new(attribute(true))),
        (Case::AttributeNotTaken, Example::new(attribute(false))),
        (
            Case::NeedsSuperuser,
            of_statement(
                "42501",
                "must be superuser to create FOR ALL TABLES publication",
            ),
        ),
        (
            Case::NotOwner,
            of_statement("42501", "must be owner of table orders"),
        ),
        (Case::NoRight, of_statement("42501", "permission denied")),
        (
            Case::InsideRdsIam,
            of_statement("0LP01", "role \"rds_iam\" is a member of role \"cdc\""),
        ),
        (
            Case::LockTimeout,
            of_statement("55P03", "canceling statement due to lock timeout"),
        ),
        (
            Case::WritersAtWork,
            Example::new(Error::WritersAtWork {
                attempted: name(),
                writers: Vec::new(),
            }),
        ),
        (
            Case::TooManyLocks,
            of_statement("53200", "out of shared memory"),
        ),
        (
            Case::RunElsewhere,
            Example::new(Error::RunElsewhere(name())),
        ),
        (
            Case::MembersToCome,
            Example::new(Error::MembersToCome(name())),
        ),
        (
            Case::OtherProbation,
            Example::new(Error::OnProbation {
                attempted: name(),
                pause: Duration::ZERO,
            }),
        ),
        (
            Case::NotSupported,
            Example::new(Error::NotSupported(name())),
        ),
        (
            Case::NothingChanged,
            Example::new(Error::NotCommitted(name())),
        ),
        (
            Case::NothingChanged,
            Example::new(Error::AnotherObject(name())),
        ),
        (
            Case::CommitUnknown,
            Example::new(Error::CommitUnknown {
                attempted: name(),
                reason: name(),
            }),
        ),
        (Case::Interrupted, Example::new(Error::Cancelled(name()))),
        (
            Case::TimedOut,
            Example::new(Error::TimedOut {
                attempted: name(),
                limit: Duration::ZERO,
            }),
        ),
        (Case::OtherStatement, of_statement("22000", "odd")),
    ]
}
