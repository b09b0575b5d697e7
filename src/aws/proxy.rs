//! Which calls to AWS go through a proxy, by the rules of hashicorp/aws.
//!
//! Those are the rules of Go's `httpproxy`: a proxy for each of the two schemes, and a list of hosts
//! that are reached without one. <https://pkg.go.dev/golang.org/x/net/http/httpproxy>

use std::{env, fmt, net::IpAddr};

use aws_smithy_http_client::proxy::ProxyConfig;
use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use crate::secret::Secret;

/// What no proxy can reach in place of this machine: loopback, and the link-local addresses of the
/// metadata of an instance or a container.
const NEVER_PROXIED: &str = "localhost,127.0.0.0/8,::1,169.254.0.0/16,fd00:ec2::/32";

/// What the practitioner configures. A proxy's URL is a secret, as a password may be in it.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// URL of the proxy for `http` URLs. Else `HTTP_PROXY`, `http_proxy`.
    pub http: Option<Secret>,
    /// URL of the proxy for `https` URLs. Else `HTTPS_PROXY`, `https_proxy`; else the one
    /// configured for `http` URLs, unless this is the empty text.
    pub https: Option<Secret>,
    /// Hosts that are reached without a proxy, separated by commas: domains with all below them,
    /// addresses, networks, each of the first two also with a port, or `*`. Else `NO_PROXY`,
    /// `no_proxy`.
    pub no_proxy: Option<String>,
}

/// The proxies with the environment's share in them.
#[derive(Default)]
pub(super) struct Resolved {
    pub(super) http: Option<ProxyConfig>,
    pub(super) https: Option<ProxyConfig>,
    exceptions: Exceptions,
}

/// Which way a request takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Direct,
    HttpProxy,
    HttpsProxy,
}

/// The hosts that are reached without a proxy.
#[derive(Debug, Default)]
struct Exceptions {
    at_any_port: Option<Matcher>,
    at_a_port: Vec<(u16, Matcher)>,
}

impl Proxies {
    /// Adds the share of the environment.
    ///
    /// # Errors
    /// When the URL of a proxy is none; it is not in the text.
    pub(super) fn resolve(&self) -> Result<Resolved, String> {
        self.resolve_with(|name| env::var(name).ok())
    }

    fn resolve_with(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Resolved, String> {
        let first = |names: [&str; 2]| {
            names
                .into_iter()
                .filter_map(&variable)
                .find(|value| !value.is_empty())
        };
        let given = |url: &Option<Secret>| {
            let url = url.as_ref().map(|url| url.expose().to_owned());
            url.filter(|url| !url.is_empty())
        };
        let http = given(&self.http).map(|url| ("http_proxy", url));
        // Only what is configured counts for both schemes.
        let for_both = http.clone().filter(|_| self.https.is_none());
        let http = http.or_else(|| Some(("HTTP_PROXY", first(["HTTP_PROXY", "http_proxy"])?)));
        let https = given(&self.https)
            .map(|url| ("https_proxy", url))
            .or_else(|| Some(("HTTPS_PROXY", first(["HTTPS_PROXY", "https_proxy"])?)))
            .or(for_both);
        let no_proxy = self
            .no_proxy
            .clone()
            .filter(|hosts| !hosts.is_empty())
            .or_else(|| first(["NO_PROXY", "no_proxy"]));
        let read = |proxy: Option<(&str, String)>, config: fn(Uri) -> Option<ProxyConfig>| {
            proxy
                .map(|(name, url)| {
                    proxy_uri(&url)
                        .and_then(config)
                        .ok_or_else(|| format!("{name} is not a URL such as http://HOST:PORT"))
                })
                .transpose()
        };
        Ok(Resolved {
            http: read(http, |uri| ProxyConfig::http(uri).ok())?,
            https: read(https, |uri| ProxyConfig::https(uri).ok())?,
            exceptions: Exceptions::new(no_proxy.as_deref().unwrap_or_default()),
        })
    }
}

impl Resolved {
    /// Which way a request to a URL takes.
    pub(super) fn route(&self, url: &str) -> Route {
        let Ok(uri) = url.parse::<Uri>() else {
            return Route::Direct;
        };
        let route = match uri.scheme_str() {
            Some("http") if self.http.is_some() => Route::HttpProxy,
            Some("https") if self.https.is_some() => Route::HttpsProxy,
            _ => return Route::Direct,
        };
        match self.exceptions.contain(&uri) {
            true => Route::Direct,
            false => route,
        }
    }
}

impl fmt::Debug for Resolved {
    /// No URLs: passwords may be in them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolved")
            .field("http", &self.http.is_some())
            .field("https", &self.https.is_some())
            .field("exceptions", &self.exceptions)
            .finish()
    }
}

impl Exceptions {
    fn new(no_proxy: &str) -> Self {
        let mut at_any_port = vec![NEVER_PROXIED.to_owned()];
        let mut at_a_port = Vec::new();
        for entry in no_proxy.split(',').map(str::trim) {
            match with_port(entry) {
                Some((host, port)) => at_a_port.push((port, hosts(&domain(host)))),
                None => at_any_port.push(domain(entry)),
            }
        }
        Self {
            at_any_port: Some(hosts(&at_any_port.join(","))),
            at_a_port,
        }
    }

    fn contain(&self, uri: &Uri) -> bool {
        let default = if uri.scheme_str() == Some("https") {
            443
        } else {
            80
        };
        let port = uri.port_u16().unwrap_or(default);
        let of_this_port = self.at_a_port.iter().filter(|(one, _)| *one == port);
        self.at_any_port
            .iter()
            .chain(of_this_port.map(|(_, hosts)| hosts))
            .any(|hosts| hosts.intercept(uri).is_none())
    }
}

/// Lets everything through a proxy but these hosts: the crate has no matcher for hosts alone.
fn hosts(list: &str) -> Matcher {
    Matcher::builder().all("http://proxy").no(list).build()
}

/// An entry that names a port, taken apart.
fn with_port(entry: &str) -> Option<(&str, u16)> {
    if entry.parse::<IpAddr>().is_ok() {
        return None;
    }
    let (host, port) = entry.rsplit_once(':')?;
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    Some((host, port.parse().ok()?))
}

/// A domain as the matcher writes it; `*.example.com` is what users of Go write.
fn domain(host: &str) -> String {
    host.strip_prefix("*.")
        .map_or_else(|| host.to_owned(), |rest| format!(".{rest}"))
}

/// The URL of a proxy, which may lack its scheme.
pub(crate) fn proxy_uri(text: &str) -> Option<Uri> {
    let url = match text.contains("://") {
        true => text.to_owned(),
        false => format!("http://{text}"),
    };
    let uri: Uri = url.parse().ok()?;
    let is_proxy = matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.host().is_some_and(|host| !host.is_empty());
    is_proxy.then_some(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RDS: &str = "https://rds.eu-central-1.amazonaws.com/";

    fn secret(text: &str) -> Option<Secret> {
        Some(Secret::new(text))
    }

    fn resolved(proxies: &Proxies, environment: &[(&str, &str)]) -> Resolved {
        let variable = |name: &str| {
            let found = environment.iter().find(|(one, _)| *one == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        proxies.resolve_with(variable).unwrap()
    }

    /// The routes of an `http` and of an `https` URL.
    fn routes(proxies: &Proxies, environment: &[(&str, &str)]) -> [Route; 2] {
        let resolved = resolved(proxies, environment);
        ["http://aws.test/", RDS].map(|url| resolved.route(url))
    }

    #[test]
    fn proxy_comes_from_argument_then_environment_in_both_cases() {
        use Route::{Direct, HttpProxy, HttpsProxy};
        let none = Proxies::default();
        assert_eq!(routes(&none, &[]), [Direct, Direct]);
        for name in ["HTTP_PROXY", "http_proxy"] {
            assert_eq!(routes(&none, &[(name, "proxy:3128")]), [HttpProxy, Direct]);
        }
        for name in ["HTTPS_PROXY", "https_proxy"] {
            assert_eq!(routes(&none, &[(name, "http://p")]), [Direct, HttpsProxy]);
            assert_eq!(routes(&none, &[(name, "")]), [Direct, Direct]);
        }
        let https = Proxies {
            https: secret("http://proxy:3128"),
            ..Proxies::default()
        };
        assert_eq!(routes(&https, &[]), [Direct, HttpsProxy]);
    }

    #[test]
    fn proxy_configured_for_http_counts_for_https_unless_that_is_set() {
        use Route::{Direct, HttpProxy, HttpsProxy};
        let both = Proxies {
            http: secret("http://proxy:3128"),
            ..Proxies::default()
        };
        assert_eq!(routes(&both, &[]), [HttpProxy, HttpsProxy]);
        let one = Proxies {
            https: secret(""),
            ..both
        };
        assert_eq!(routes(&one, &[]), [HttpProxy, Direct]);
    }

    #[test]
    fn no_proxy_takes_domains_addresses_networks_and_ports() {
        let route = |no_proxy: &str, url: &str| {
            let proxies = Proxies {
                http: secret("http://user:hush@proxy:3128"),
                no_proxy: Some(no_proxy.to_owned()),
                ..Proxies::default()
            };
            resolved(&proxies, &[("NO_PROXY", "*")]).route(url)
        };
        for (no_proxy, url) in [
            ("amazonaws.com", RDS),
            ("a.test, .amazonaws.com", RDS),
            ("*.amazonaws.com", RDS),
            ("rds.eu-central-1.amazonaws.com:443", RDS),
            ("*", RDS),
            ("10.0.0.0/8", "http://10.1.2.3/"),
            ("10.1.2.3:8080", "http://10.1.2.3:8080/"),
            ("[fd00::1]:8080", "http://[fd00::1]:8080/"),
            ("fd00::1", "https://[fd00::1]/"),
        ] {
            assert_eq!(route(no_proxy, url), Route::Direct, "{no_proxy} {url}");
        }
        for (no_proxy, url) in [
            ("aws.com", RDS),
            ("amazonaws.com:8443", RDS),
            ("10.1.2.3:8080", "http://10.1.2.3/"),
        ] {
            assert_ne!(route(no_proxy, url), Route::Direct, "{no_proxy} {url}");
        }
    }

    #[test]
    fn proxy_is_never_between_this_machine_and_itself() {
        let resolved = resolved(
            &Proxies {
                http: secret("proxy"),
                ..Proxies::default()
            },
            &[],
        );
        for url in [
            "http://localhost:4566/",
            "http://127.0.0.1:4566/",
            "https://[::1]/",
            "http://169.254.169.254/latest",
        ] {
            assert_eq!(resolved.route(url), Route::Direct, "{url}");
        }
    }

    #[test]
    fn proxy_that_is_no_url_is_refused_without_its_text() {
        for url in [
            "ftp://hush",
            "http://",
            "http://hush hush",
            "socks5://hush:1",
        ] {
            let proxies = Proxies {
                https: secret(url),
                ..Proxies::default()
            };
            let reason = proxies.resolve_with(|_| None).unwrap_err();
            assert_eq!(reason, "https_proxy is not a URL such as http://HOST:PORT");
            assert!(!format!("{proxies:?}").contains("hush"));
        }
    }
}
