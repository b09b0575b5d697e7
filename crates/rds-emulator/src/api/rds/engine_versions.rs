//! Engine versions: describe.

use crate::{
    api::{error::ApiError, form::Form, page::Page, xml::Element},
    model::{Family, SharedAccount, account::Account, catalog::Engine},
};

/// Versions of both engines, oldest first. What the publishers run is added to them.
fn known(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::AuroraPostgresql => &[
            "11.9", "11.21", "12.9", "12.22", "13.18", "13.20", "14.15", "14.17", "15.10", "15.12",
            "16.6", "16.8", "17.4", "17.5", "18.0", "18.1",
        ],
        Engine::Postgres => &[
            "11.22", "12.22", "13.20", "13.22", "14.17", "14.19", "15.12", "15.14", "16.8",
            "16.10", "17.4", "17.6", "18.0", "18.1",
        ],
    }
}

/// All versions of an engine, oldest first.
fn versions(account: &Account, engine: Engine) -> Vec<String> {
    let running = account
        .publishers()
        .iter()
        .filter(|publisher| publisher.kind.engine() == engine)
        .map(|publisher| publisher.engine_version.clone());
    let mut versions: Vec<String> = known(engine)
        .iter()
        .map(|version| (*version).to_owned())
        .chain(running)
        .collect();
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

fn family(engine: Engine, version: &str) -> Option<Family> {
    Family::of(engine, major(version).parse().ok()?)
}

fn element(account: &Account, version: &str, family: Family) -> Element {
    let engine = family.engine();
    let is_aurora = engine == Engine::AuroraPostgresql;
    let (description, version_description) = if is_aurora {
        (
            "Aurora (PostgreSQL)",
            format!("Aurora PostgreSQL (Compatible with PostgreSQL {version})"),
        )
    } else {
        ("PostgreSQL", format!("PostgreSQL {version}-R1"))
    };
    Element::new("DBEngineVersion")
        .member("Engine", engine)
        .member("MajorEngineVersion", major(version))
        .member("EngineVersion", version)
        .member("DBParameterGroupFamily", family)
        .member("DBEngineDescription", description)
        .member(
            "DBEngineVersionArn",
            account.arn("cev", &format!("{engine}/{version}")),
        )
        .member("DBEngineVersionDescription", version_description)
        .with(Element::new("ValidUpgradeTarget"))
        .with(
            Element::new("ExportableLogTypes")
                .member("member", "iam-db-auth-error")
                .member("member", "postgresql"),
        )
        .member("SupportsLogExportsToCloudwatchLogs", true)
        .member("SupportsReadReplica", !is_aurora)
        .with(Element::new("SupportedEngineModes").member("member", "provisioned"))
        .member("Status", "available")
        .member("SupportsParallelQuery", false)
        .member("SupportsGlobalDatabases", is_aurora)
        .member("SupportsBabelfish", is_aurora && family.major() >= 13)
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
        let mut found: Vec<(String, Family)> = Engine::ALL
            .into_iter()
            .flat_map(|engine| {
                versions(account, engine)
                    .into_iter()
                    .filter_map(move |version| Some((family(engine, &version)?, version)))
            })
            .map(|(family, version)| (version, family))
            .filter(|(version, family)| {
                form.get("Engine")
                    .is_none_or(|engine| engine == family.engine().as_str())
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
                                "engine" => value == family.engine().as_str(),
                                "engine-version" => is_version(value, version),
                                "engine-mode" => value == "provisioned",
                                "status" => value == "available",
                                _ => *value == family.to_string(),
                            })
                    })
            })
            .collect();
        if default_only {
            // The newest of each engine.
            let newest = |engine| found.iter().rfind(|(_, family)| family.engine() == engine);
            found = Engine::ALL
                .into_iter()
                .filter_map(newest)
                .cloned()
                .collect();
        }
        let page = Page::of(found, form)?;
        Ok(page
            .into_elements("DBEngineVersions", |(version, family)| {
                element(account, &version, family)
            })
            .collect())
    })
}
