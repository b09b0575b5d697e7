//! Hosts: what may be given as one, and how one is printed with its port.

use std::net::Ipv6Addr;

use tfplugin::{Field, schema::Validator};

use crate::region;

/// The longest name that DNS knows, in bytes.
const LONGEST_NAME: usize = 255;

/// The check of an argument that holds a host; `port` is the argument that holds its port.
pub fn validator(port: &'static str) -> Validator {
    Validator::custom(move |value| check(value.as_str().unwrap_or_default(), &format!("`{port}`")))
}

/// The same check of what has become known only later; `port` is where a port belongs.
///
/// # Errors
/// As [`check`], as a sentence.
pub fn check_known(argument: &str, port: &str, given: &Field<String>) -> Result<(), String> {
    match given {
        Field::Known(given) => check(given, port)
            .map_err(|expectation| format!("The value of {argument} {expectation}.")),
        Field::Null | Field::Unknown => Ok(()),
    }
}

/// Refuses what is not the name or the address of one host. The error completes the sentence "The value ...";
/// `port` is where a port belongs.
///
/// # Errors
/// What else is in it, and what to write. What is given is not in the text: a password may be in it.
pub fn check(given: &str, port: &str) -> Result<(), String> {
    if is_host(given) {
        return Ok(());
    }
    if given.starts_with(['/', '@']) {
        return Err(
            "must be the name or the address of a host, and is the path of a Unix-domain socket: connections are made \
             by TCP only"
                .to_owned(),
        );
    }
    if given.contains(',') {
        return Err(
            "must be the name or the address of one host, and is a list. Write the one that is the writer, or the \
             cluster's endpoint, which follows it"
                .to_owned(),
        );
    }
    if let Some(bare) = given.strip_suffix('.').filter(|bare| is_host(bare)) {
        return Err(format!(
            "must be the name of a host as RDS and its certificate have it, without a dot at its end. Write {bare:?}"
        ));
    }
    let parts = Parts::new(given);
    let mut error = "must be the name or the address of a host alone".to_owned();
    let Some((last, others)) = parts.found.split_last().filter(|_| is_host(parts.host)) else {
        return Err(error);
    };
    error += ", without ";
    if !others.is_empty() {
        error += &format!("{} and ", others.join(", "));
    }
    error += &format!("{last}. Write {:?}", parts.host);
    if let Some(number) = parts.port {
        error += &format!(", and {number} in {port}");
        if region::from_host(parts.host).is_some() {
            error += "; in hashicorp/aws `endpoint` of `aws_db_instance` has the port, and `address` has not";
        }
    }
    Err(error)
}

/// `HOST:PORT`, with an IPv6 address in brackets.
pub fn with_port(host: &str, port: u16) -> String {
    match is_ipv6(host) {
        true => format!("[{host}]:{port}"),
        false => format!("{host}:{port}"),
    }
}

/// `HOST:PORT` as [`with_port`] prints it, also where an IPv6 address in it has no brackets.
pub fn with_brackets(text: String) -> String {
    match text.rsplit_once(':') {
        Some((host, port)) if is_ipv6(host) => format!("[{host}]:{port}"),
        _ => text,
    }
}

fn is_host(text: &str) -> bool {
    is_ipv6(text) || is_name(text)
}

/// Whether it is an IPv6 address, with a zone or without.
fn is_ipv6(text: &str) -> bool {
    let address = match text.split_once('%') {
        Some((address, zone)) if is_name(zone) => address,
        _ => text,
    };
    address.parse::<Ipv6Addr>().is_ok()
}

/// Whether it is a name in the form of DNS, or an IPv4 address, which looks like one.
fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_in_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
        !label.is_empty() && label.chars().all(is_in_name)
    };
    text.len() <= LONGEST_NAME && text.split('.').all(is_label)
}

/// What was given in place of a host, taken apart as a URL.
struct Parts<'a> {
    host: &'a str,
    port: Option<&'a str>,
    /// What there is besides the host, in words.
    found: Vec<&'static str>,
}

impl<'a> Parts<'a> {
    fn new(given: &'a str) -> Self {
        let mut found = Vec::new();
        let mut rest = given.trim();
        if rest != given {
            found.push("space around it");
        }
        if let Some((_, behind)) = rest.split_once("://") {
            found.push("a scheme");
            rest = behind;
        }
        // Before the path: a password may have a slash.
        if let Some((_, behind)) = rest.rsplit_once('@') {
            found.push("a user");
            rest = behind;
        }
        let path = rest.find(['/', '?', '#']);
        rest = path.map_or(rest, |at| &rest[..at]);
        let is_number =
            |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let port = rest
            .rsplit_once(':')
            .filter(|_| !is_ipv6(rest))
            .filter(|(_, port)| is_number(port));
        let port = port.map(|(host, port)| {
            found.push("a port");
            rest = host;
            port
        });
        if let Some(inside) = rest
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            found.push("brackets");
            rest = inside;
        }
        if path.is_some() {
            found.push("a path");
        }
        Self {
            host: rest,
            port,
            found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(given: &str) -> String {
        check(given, "`port`").expect_err("it is refused")
    }

    #[test]
    fn host_is_a_name_or_an_address() {
        for host in [
            "localhost",
            "db_1.example.com",
            "127.0.0.1",
            "::1",
            "2001:db8::5432",
            "fe80::1%eth0",
            "orders.cluster-c1a2b3.eu-central-1.rds.amazonaws.com",
        ] {
            assert_eq!(check(host, "`port`"), Ok(()), "{host}");
        }
    }

    #[test]
    fn what_is_more_than_a_host_is_refused_with_the_host_and_where_its_port_belongs() {
        for (given, found, instead) in [
            (
                "db.example.com:5432",
                "without a port.",
                "Write \"db.example.com\", and 5432 in `port`",
            ),
            (
                "[::1]:5432",
                "a port and brackets",
                "Write \"::1\", and 5432 in `port`",
            ),
            ("[::1]", "without brackets", "Write \"::1\""),
            (
                "db.example.com/shop",
                "without a path",
                "Write \"db.example.com\"",
            ),
            (
                "app@db.example.com",
                "without a user",
                "Write \"db.example.com\"",
            ),
            (
                " db.example.com\n",
                "without space around it",
                "Write \"db.example.com\"",
            ),
            (
                "postgres://app:hush-hush@db.example.com:6543/shop?sslmode=require",
                "without a scheme, a user, a port and a path.",
                "Write \"db.example.com\", and 6543 in `port`",
            ),
        ] {
            let error = refused(given);
            assert!(error.contains(found), "{given}: {error}");
            assert!(error.contains(instead), "{given}: {error}");
            assert!(!error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn dot_at_the_end_of_a_host_is_refused() {
        let error = refused("db.example.com.");
        assert!(error.contains("Write \"db.example.com\""), "{error}");
    }

    #[test]
    fn password_in_place_of_a_host_is_not_repeated() {
        for given in [
            "postgres://app:123/hush@db",
            "app:hush-hush@",
            "app:hush@a,b",
        ] {
            let error = refused(given);
            assert!(!error.contains("hush") && !error.contains("123"), "{error}");
        }
    }

    #[test]
    fn endpoint_of_an_instance_says_which_attribute_has_no_port() {
        let error = refused("db.c1a2b3.eu-central-1.rds.amazonaws.com:5432");
        assert!(error.contains("`address`"), "{error}");
    }

    #[test]
    fn what_is_no_host_at_all_is_refused() {
        assert!(refused("/var/run/postgresql").contains("Unix-domain socket"));
        assert!(refused("@abstract").contains("Unix-domain socket"));
        assert!(refused("a.example.com,b.example.com:5433").contains("is a list"));
        for given in [
            "", "a b", "a..b", ".", "db:port", "[::1", "https://", "a;b", "::1:x", "é è",
        ] {
            assert!(
                refused(given).starts_with("must be the name or the address"),
                "{given}"
            );
        }
    }

    #[test]
    fn port_behind_an_ipv6_address_stands_behind_brackets() {
        assert_eq!(with_port("db.example.com", 5432), "db.example.com:5432");
        assert_eq!(with_port("2001:db8::1", 5432), "[2001:db8::1]:5432");
        for text in ["::1:5432", "[::1]:5432"] {
            assert_eq!(with_brackets(text.to_owned()), "[::1]:5432");
        }
        assert_eq!(with_brackets("db:5432".to_owned()), "db:5432");
    }
}
