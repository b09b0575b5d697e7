//! A registry of providers on loopback, which takes what a release consists of and serves it as the public ones do.
//! <https://developer.hashicorp.com/terraform/internals/provider-registry-protocol>

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderName, StatusCode, Uri, header::CONTENT_TYPE},
};
use serde_json::{Value, json};
use terraform_client::cli::REGISTRIES;
use tokio::runtime::Runtime;

use super::{TlsFront, Workspace, port};

const PROVIDERS: &str = "/v1/providers/";
const SOURCE: &str = "rdsiam/rdsiam";
/// Where it keeps the assets of releases.
const ASSETS: &str = "/assets/";
/// Where it serves a folder as a network mirror.
const MIRROR: &str = "/mirror/";

/// What is served, by path.
type Documents = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A registry with TLS; it ends with the test.
pub struct Registry {
    documents: Documents,
    front: TlsFront,
    _runtime: Runtime,
}

impl Registry {
    /// One that has nothing yet.
    pub fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime can be made");
        let documents = Documents::default();
        let router = Router::new().fallback(get).with_state(documents.clone());
        let front = runtime.block_on(async {
            let (listener, port) = port::listen().await;
            tokio::spawn(async move { axum::serve(listener, router).await });
            TlsFront::before(port, &["localhost"]).await
        });
        Self {
            documents,
            front,
            _runtime: runtime,
        }
    }

    /// Takes the assets of a release in a folder, `SHA256SUMS.sig` among them, and the keys of the publisher.
    pub fn publish(&self, version: &str, folder: &Path, keys: &[String]) {
        let name = |suffix: &str| format!("terraform-provider-rdsiam_{version}_{suffix}");
        let assets = files(folder);
        let manifest: Value = serde_json::from_slice(&assets[&name("manifest.json")])
            .expect("the manifest of a release is JSON");
        let protocols = match &manifest["metadata"]["protocol_versions"] {
            Value::Null => json!(["5.0"]),
            protocols => protocols.clone(),
        };
        let sums = String::from_utf8_lossy(&assets[&name("SHA256SUMS")]).into_owned();
        let sums: BTreeMap<&str, &str> = sums
            .lines()
            .filter_map(|line| line.split_once("  "))
            .map(|(sum, name)| (name, sum))
            .collect();
        let keys: Vec<Value> = keys.iter().map(|key| json!({"ascii_armor": key})).collect();
        let mut platforms = Vec::new();
        for (asset, contents) in &assets {
            self.put(&format!("{ASSETS}{asset}"), contents.clone());
            let platform = asset
                .strip_prefix(&name(""))
                .and_then(|rest| rest.strip_suffix(".zip"));
            let Some((os, arch)) = platform.and_then(|platform| platform.split_once('_')) else {
                continue;
            };
            platforms.push(json!({"os": os, "arch": arch}));
            let download = json!({
                "protocols": protocols,
                "os": os,
                "arch": arch,
                "filename": asset,
                "download_url": format!("{ASSETS}{asset}"),
                "shasums_url": format!("{ASSETS}{}", name("SHA256SUMS")),
                "shasums_signature_url": format!("{ASSETS}{}", name("SHA256SUMS.sig")),
                "shasum": sums.get(asset.as_str()),
                "signing_keys": {"gpg_public_keys": keys},
            });
            let path = format!("{PROVIDERS}{SOURCE}/{version}/download/{os}/{arch}");
            self.put(&path, download.to_string().into_bytes());
        }
        let versions = json!({"versions": [
            {"version": version, "protocols": protocols, "platforms": platforms},
        ]});
        let path = format!("{PROVIDERS}{SOURCE}/versions");
        self.put(&path, versions.to_string().into_bytes());
    }

    /// Serves a folder as a network mirror does.
    pub fn serve_mirror(&self, folder: &Path) {
        for host in REGISTRIES {
            for (name, contents) in files(&folder.join(host).join(SOURCE)) {
                self.put(&format!("{MIRROR}{host}/{SOURCE}/{name}"), contents);
            }
        }
    }

    /// Has the CLI of a workspace take the registry for the public ones, and install from it.
    pub fn use_in(&self, workspace: &mut Workspace) {
        let hosts: String = REGISTRIES
            .iter()
            .map(|host| {
                let url = self.url(PROVIDERS);
                format!("host \"{host}\" {{\n  services = {{\n    \"providers.v1\" = \"{url}\"\n  }}\n}}\n")
            })
            .collect();
        self.configure(workspace, &hosts);
    }

    /// Has the CLI of a workspace install from the network mirror alone.
    pub fn mirror_in(&self, workspace: &mut Workspace) {
        let url = self.url(MIRROR);
        let mirror = format!(
            "provider_installation {{\n  network_mirror {{\n    url = \"{url}\"\n  }}\n}}\n"
        );
        self.configure(workspace, &mirror);
    }

    /// Writes a CLI configuration, and has the CLI trust the registry alone.
    fn configure(&self, workspace: &mut Workspace, configuration: &str) {
        workspace.write_cli_configuration(configuration);
        let certificate = workspace.path().join("registry.pem");
        fs::write(&certificate, &self.front.certificate).expect("the certificate can be written");
        workspace.set_environment("SSL_CERT_FILE", &certificate.to_string_lossy());
        // Of the machine's own there are none.
        let none = workspace.path().join("none").display().to_string();
        workspace.set_environment("SSL_CERT_DIR", &none);
    }

    fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.front.port)
    }

    fn put(&self, path: &str, contents: Vec<u8>) {
        let mut documents = self
            .documents
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        documents.insert(path.to_owned(), contents);
    }
}

async fn get(
    State(documents): State<Documents>,
    path: Uri,
) -> Result<([(HeaderName, &'static str); 1], Vec<u8>), StatusCode> {
    let documents = documents.lock().unwrap_or_else(PoisonError::into_inner);
    let contents = documents.get(path.path()).ok_or(StatusCode::NOT_FOUND)?;
    let media_type = match path.path().ends_with(".json") {
        true => "application/json",
        false => "application/octet-stream",
    };
    Ok(([(CONTENT_TYPE, media_type)], contents.clone()))
}

/// The files of a folder by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .expect("the folder can be listed")
        .map(|entry| {
            let path = entry.expect("the folder can be listed").path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            (name, fs::read(&path).expect("the file can be read"))
        })
        .collect()
}
