//! Engine versions: describe.

use super::clusters::ENGINE;
use crate::{
    api::{error::ApiError, form::Form, page::Page, xml::Element},
    model::{Family, SharedAccount, account::Account},
};

/// Versions of Aurora PostgreSQL, oldest first. What the clusters run is added to them.
const VERSIONS: [&str; 16] = [
    "11.9", "11.21", "12.9", "12.22", "13.18", "13.20", "14.15", "14.17", "15.10", "15.12", "16.6",
    "16.8", "17.4", "17.5", "18.0", "18.1",
];

/// All versions, oldest first.
fn versions(account: &Account) -> Vec<String> {
    let mut versions: Vec<String> = VERSIONS.map(str::to_owned).to_vec();
    versions.extend(
        account
            .clusters()
            .iter()
            .map(|cluster| cluster.engine_version.clone()),
    );
    let order = |version: &String| -> Vec<u32> {
        version
            .split('.')
            .filter_map(|part| part.parse().ok())
            .collect()
    };
    versions.sort_by_key(order);
    versions.dedup();
    versions
}

fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or(version)
}

fn family(version: &str) -> Option<Family> {
    Family::of_major(major(version).parse().ok()?)
}

fn element(account: &Account, version: &str, family: Family) -> Element {
    Element::new("DBEngineVersion")
        .member("Engine", ENGINE)
        .member("MajorEngineVersion", major(version))
        .member("EngineVersion", version)
        .member("DBParameterGroupFamily", family)
        .member("DBEngineDescription", "Aurora (PostgreSQL)")
        .member(
            "DBEngineVersionArn",
            account.arn("cev", &format!("{ENGINE}/{version}")),
        )
        .member(
            "DBEngineVersionDescription",
            format!("Aurora PostgreSQL (Compatible with PostgreSQL {version})"),
        )
        .with(Element::new("ValidUpgradeTarget"))
        .with(
            Element::new("ExportableLogTypes")
                .member("member", "iam-db-auth-error")
                .member("member", "postgresql"),
        )
        .member("SupportsLogExportsToCloudwatchLogs", true)
        .member("SupportsReadReplica", false)
        .with(Element::new("SupportedEngineModes").member("member", "provisioned"))
        .member("Status", "available")
        .member("SupportsParallelQuery", false)
        .member("SupportsGlobalDatabases", true)
        .member("SupportsBabelfish", family.major() >= 13)
}

/// DescribeDBEngineVersions.
pub fn describe(account: &SharedAccount, form: &Form) -> Result<Vec<Element>, ApiError> {
    let filters = form.filters(&[
        "db-parameter-group-family",
        "engine",
        "engine-mode",
        "engine-version",
        "status",
    ])?;
    let default_only = form.boolean("DefaultOnly")?.unwrap_or(false);
    account.with(|account| {
        // A version that is only a major one asks for all of its minors.
        let is_version = |asked: &str, version: &str| asked == version || asked == major(version);
        let mut found: Vec<(String, Family)> = versions(account)
            .into_iter()
            .filter_map(|version| Some((family(&version)?, version)))
            .map(|(family, version)| (version, family))
            .filter(|(version, family)| {
                form.get("Engine").is_none_or(|engine| engine == ENGINE)
                    && form
                        .get("EngineVersion")
                        .is_none_or(|asked| is_version(asked, version))
                    && form
                        .get("DBParameterGroupFamily")
                        .is_none_or(|asked| asked == family.to_string())
                    && filters.iter().all(|filter| {
                        filter
                            .values
                            .iter()
                            .any(|value| match filter.name.as_str() {
                                "engine" => value == ENGINE,
                                "engine-version" => is_version(value, version),
                                "engine-mode" => value == "provisioned",
                                "status" => value == "available",
                                _ => *value == family.to_string(),
                            })
                    })
            })
            .collect();
        if default_only {
            found = found.pop().into_iter().collect();
        }
        let page = Page::of(found, form)?;
        Ok(page
            .into_elements("DBEngineVersions", |(version, family)| {
                element(account, &version, family)
            })
            .collect())
    })
}
