//! Host names of RDS: the Region in an endpoint, whether it is a proxy's, and the partition of a
//! Region.

/// The endings of RDS host names, after the Region.
const ENDINGS: [&str; 2] = [".rds.amazonaws.com", ".rds.amazonaws.com.cn"];
/// The ending in the China Regions, after the Region; `rds` stands before the Region there.
const CHINA_ENDING: &str = ".amazonaws.com.cn";

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
    from_host(host).is_some()
        && host
            .split('.')
            .skip(1)
            .any(|label| label.starts_with("proxy-"))
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
        assert!(!is_proxy("proxy-1.c1a2b3.us-east-1.rds.amazonaws.com"));
        assert!(!is_proxy("p.cluster-c1a2b3.us-east-1.rds.amazonaws.com"));
        assert!(!is_proxy("p.proxy-c1a2b3.example.com"));
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
