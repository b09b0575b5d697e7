//! Host names of RDS: the Region in an endpoint, whether it is a proxy's or a reader's, and the partition of
//! a Region.

use tfplugin::schema::Validator;

/// The endings of RDS host names, after the Region.
const ENDINGS: [&str; 2] = [".rds.amazonaws.com", ".rds.amazonaws.com.cn"];
/// The ending in the China Regions, after the Region; `rds` stands before the Region there.
const CHINA_ENDING: &str = ".amazonaws.com.cn";
/// How the label of RDS Proxy begins, behind the name of the proxy or of a further endpoint.
const PROXY: &str = "proxy-";
/// How the label behind the name of a cluster begins in its reader endpoint.
const READER: &str = "cluster-ro-";

/// The Region in the host name of an RDS endpoint; `None` for any other name.
pub fn from_host(host: &str) -> Option<&str> {
    let host = host.strip_suffix('.').unwrap_or(host);
    if let Some(front) = ENDINGS.iter().find_map(|ending| strip_suffix(host, ending)) {
        let (_, region) = front.rsplit_once('.')?;
        return is_region(region).then_some(region);
    }
    let (front, region) = strip_suffix(host, CHINA_ENDING)?.rsplit_once('.')?;
    (is_region(region) && strip_suffix(front, ".rds").is_some()).then_some(region)
}

/// Whether a host is an endpoint of RDS Proxy: `NAME.proxy-ID.REGION..`, or `NAME.endpoint.proxy-ID.REGION..`
/// for those that are added to it.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-endpoints.html>
pub fn is_proxy(host: &str) -> bool {
    has_label(host, PROXY)
}

/// Whether a host is the reader endpoint of a cluster, `NAME.cluster-ro-ID.REGION..`: a replica, or the writer
/// where there is no replica.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.Endpoints.html>
pub fn is_reader(host: &str) -> bool {
    has_label(host, READER)
}

/// Whether a label behind the first one begins so, in an endpoint of RDS.
fn has_label(host: &str, beginning: &str) -> bool {
    let begins_so = |label: &str| {
        let start = label.get(..beginning.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(beginning))
    };
    from_host(host).is_some() && host.split('.').skip(1).any(begins_so)
}

/// The partition of a Region, as ARNs name it.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
pub fn partition(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-iso-", "aws-iso"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    PREFIXES
        .into_iter()
        .find(|(prefix, _)| region.starts_with(prefix))
        .map_or("aws", |(_, partition)| partition)
}

/// An id without the `@REGION` behind it, and that Region.
pub fn split(id: &str) -> (&str, Option<&str>) {
    match id.rsplit_once('@') {
        Some((id, region)) if is_region(region) => (id, Some(region)),
        _ => (id, None),
    }
}

/// The check of an argument that holds a Region.
pub fn validator() -> Validator {
    Validator::custom(|value| {
        let region = value.as_str().unwrap_or_default();
        match is_region(region) {
            true => Ok(()),
            false => Err(format!(
                "must be an AWS Region such as `eu-central-1`, and is {region:?}"
            )),
        }
    })
}

/// Whether a text has the form of a Region, such as `eu-central-1` or `us-gov-west-1`.
pub fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [names @ .., number] = parts.as_slice() else {
        return false;
    };
    let is_name =
        |name: &&str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
    names.len() >= 2
        && names.iter().all(is_name)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// What stands before an ending, in whatever case that is written.
fn strip_suffix<'a>(text: &'a str, ending: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(ending.len())?;
    let (front, end) = text.split_at_checked(at)?;
    end.eq_ignore_ascii_case(ending).then_some(front)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_from_rds_host_is_the_label_of_the_region() {
        for (host, region) in [
            (
                "orders.cluster-c1a2b3.eu-central-1.rds.amazonaws.com",
                "eu-central-1",
            ),
            (
                "orders.cluster-ro-c1a2b3.us-gov-west-1.rds.amazonaws.com",
                "us-gov-west-1",
            ),
            (
                "orders.cluster-c1a2b3.ap-southeast-2.RDS.amazonaws.com.",
                "ap-southeast-2",
            ),
            (
                "proxy.proxy-c1a2b3.us-east-1.rds.amazonaws.com",
                "us-east-1",
            ),
            ("db.c1a2b3.rds.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            (
                "db.c1a2b3.cn-northwest-1.rds.amazonaws.com.cn",
                "cn-northwest-1",
            ),
        ] {
            assert_eq!(from_host(host), Some(region), "{host}");
        }
    }

    #[test]
    fn region_from_another_host_is_none() {
        for host in [
            "",
            "localhost",
            "db.example.com",
            "rds.amazonaws.com",
            "eu-central-1.rds.amazonaws.com",
            "orders.Eu-Central.rds.amazonaws.com",
            "orders.eu-central-1.rds.amazonaws.com.example.com",
            "é.rds.amazonaws.com",
        ] {
            assert_eq!(from_host(host), None, "{host}");
        }
    }

    #[test]
    fn proxy_is_told_by_a_label_behind_the_name() {
        assert!(is_proxy("p.proxy-c1a2b3.us-east-1.rds.amazonaws.com"));
        assert!(is_proxy(
            "p.endpoint.proxy-ab0cd1efghij.us-east-1.rds.amazonaws.com"
        ));
        assert!(is_proxy("P.PROXY-C1A2B3.us-east-1.rds.amazonaws.com"));
        assert!(!is_proxy("proxy-1.c1a2b3.us-east-1.rds.amazonaws.com"));
        assert!(!is_proxy("p.cluster-c1a2b3.us-east-1.rds.amazonaws.com"));
        assert!(!is_proxy("p.proxy-c1a2b3.example.com"));
    }

    #[test]
    fn reader_is_told_by_the_label_behind_the_name() {
        for (host, is_reader_endpoint) in [
            ("o.cluster-ro-c1a2b3.us-east-1.rds.amazonaws.com", true),
            ("O.CLUSTER-RO-C1A2B3.us-east-1.rds.amazonaws.com", true),
            ("o.cluster-ro-c1a2b3.rds.cn-north-1.amazonaws.com.cn", true),
            ("o.cluster-c1a2b3.us-east-1.rds.amazonaws.com", false),
            ("cluster-ro-1.c1a2b3.us-east-1.rds.amazonaws.com", false),
            ("o.cluster-ro-c1a2b3.example.com", false),
        ] {
            assert_eq!(is_reader(host), is_reader_endpoint, "{host}");
        }
    }

    #[test]
    fn partition_follows_from_the_region() {
        for (region, partition_name) in [
            ("eu-central-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-east-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(partition(region), partition_name, "{region}");
        }
    }
}
