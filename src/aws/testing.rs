//! A server on loopback that answers as a test says, for the unit tests of this room.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use aws_smithy_types::{DateTime, date_time::Format};
use percent_encoding::percent_decode_str;
use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::{Clients, Config, Endpoints, Scope, call::Pauses};
use crate::secret::Secret;

/// A call that arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// The action, such as `DescribeDBClusters`; the path where there is none.
    pub(super) action: String,
    /// The header that signs the call: access key, Region and service are in it.
    pub(super) authorization: String,
    /// The time in the signature.
    pub(super) date: String,
    /// The form parameters of a Query call.
    pub(super) parameters: BTreeMap<String, String>,
    /// How many calls of that action came before.
    pub(super) earlier: usize,
}

impl Request {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }
}

/// What the server does about a call.
pub(crate) enum Reply {
    /// An answer with a status and a body.
    Answer(u16, String),
    /// The answer has the date of a clock that is so many seconds ahead of this machine's.
    Dated(i64, Box<Reply>),
    /// The answer comes later.
    Late(Duration, Box<Reply>),
    /// The connection ends without an answer.
    Reset,
    /// The connection ends after half of the body.
    Half(u16, String),
    /// Nothing comes.
    Silence,
}

impl Reply {
    pub(super) fn dated(self, ahead: i64) -> Self {
        Self::Dated(ahead, Box::new(self))
    }
}

/// A server on loopback; it ends with the test.
pub(crate) struct Server {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_on("http", None, handler).await
    }

    /// A server that speaks TLS, and its certificate in PEM.
    pub(super) async fn start_with_tls(
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> (Self, String) {
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let server = Self::start_on("https", Some(acceptor), handler).await;
        (server, own.cert.pem())
    }

    async fn start_on(
        scheme: &str,
        tls: Option<TlsAcceptor>,
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!(
            "{scheme}://localhost:{}",
            listener.local_addr().unwrap().port()
        );
        let requests = Arc::new(Mutex::new(Vec::new()));
        let handler = Arc::new(handler);
        let task = tokio::spawn({
            let requests = requests.clone();
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let (requests, handler, tls) = (requests.clone(), handler.clone(), tls.clone());
                    tokio::spawn(async move {
                        match tls {
                            None => serve(stream, &requests, &*handler).await,
                            Some(tls) => {
                                // Without trust the client goes.
                                if let Ok(stream) = tls.accept(stream).await {
                                    serve(stream, &requests, &*handler).await;
                                }
                            }
                        }
                    });
                }
            }
        });
        Self {
            url,
            requests,
            task,
        }
    }

    /// The calls that arrived so far.
    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// How many calls of an action arrived so far.
    pub(super) fn count(&self, action: &str) -> usize {
        let requests = self.requests.lock().unwrap();
        requests
            .iter()
            .filter(|request| request.action == action)
            .count()
    }

    /// A configuration that has nothing but this server.
    pub(crate) fn config(&self) -> Config {
        Config {
            region: Some("eu-central-1".to_owned()),
            access_key: Some("AKIDEXAMPLE".to_owned()),
            secret_key: Some(Secret::new("hush-hush")),
            endpoints: Endpoints {
                rds: Some(self.url.clone()),
                sts: Some(self.url.clone()),
                secretsmanager: Some(self.url.clone()),
            },
            max_retries: Some(25),
            skip_credentials_validation: true,
            ..Config::default()
        }
    }

    /// Clients of this server, which pause for a moment only.
    pub(crate) fn clients(&self) -> Clients {
        hasty(self.config())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Clients that pause for a moment only.
pub(super) fn hasty(config: Config) -> Clients {
    Clients::new(config).with_pauses(Pauses {
        first: Duration::from_millis(1),
        longest: Duration::from_millis(5),
    })
}

/// An operation that nobody interrupts, with plenty of time.
pub(super) fn scope() -> Scope {
    Scope::new(&CancellationToken::new(), Duration::from_secs(60))
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    requests: &Mutex<Vec<Request>>,
    handler: &(impl Fn(&Request) -> Reply + ?Sized),
) {
    let Ok(mut request) = read(&mut stream).await else {
        return;
    };
    {
        let mut requests = requests.lock().unwrap();
        request.earlier = requests
            .iter()
            .filter(|earlier| earlier.action == request.action)
            .count();
        requests.push(request.clone());
    }
    let mut reply = handler(&request);
    let mut date = String::new();
    loop {
        match reply {
            Reply::Answer(status, ref body) | Reply::Half(status, ref body) => {
                let sent = match reply {
                    Reply::Half(..) => &body[..body.len() / 2],
                    _ => body,
                };
                let head = format!(
                    "HTTP/1.1 {status} Status\r\ncontent-length: {}\r\nconnection: close\r\n\
                     {date}x-amzn-requestid: request-{}\r\n\r\n",
                    body.len(),
                    request.earlier + 1
                );
                // The client may have given up.
                let _ = stream.write_all(format!("{head}{sent}").as_bytes()).await;
                let _ = stream.shutdown().await;
                return;
            }
            Reply::Dated(ahead, dated) => {
                let time = DateTime::from(SystemTime::now()).secs() + ahead;
                let time = DateTime::from_secs(time).fmt(Format::HttpDate).unwrap();
                date = format!("date: {time}\r\n");
                reply = *dated;
            }
            Reply::Late(pause, later) => {
                tokio::time::sleep(pause).await;
                reply = *later;
            }
            Reply::Reset => return,
            Reply::Silence => std::future::pending().await,
        }
    }
}

/// Reads a request of the Query protocol, or a JSON one, whose action is in a header.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Request> {
    let mut received = Vec::new();
    let (head, body_at) = loop {
        if stream.read_buf(&mut received).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let end = received.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        if let Some(end) = end {
            break (
                String::from_utf8_lossy(&received[..end]).into_owned(),
                end + 4,
            );
        }
    };
    let header = |name: &str| {
        head.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
    };
    let length: usize = header("content-length")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    while received.len() < body_at + length {
        if stream.read_buf(&mut received).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let body = String::from_utf8_lossy(&received[body_at..]).into_owned();
    let decode = |text: &str| {
        percent_decode_str(&text.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    let parameters: BTreeMap<String, String> = body
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect();
    let action = parameters
        .get("Action")
        .cloned()
        .or_else(|| {
            header("x-amz-target")
                .map(|target| target.split('.').next_back().unwrap_or("").to_owned())
        })
        .or_else(|| {
            let path = head.split([' ', '?']).nth(1)?;
            Some(path.to_owned())
        })
        .unwrap_or_default();
    Ok(Request {
        action,
        authorization: header("authorization").unwrap_or_default(),
        date: header("x-amz-date").unwrap_or_default(),
        parameters,
        earlier: 0,
    })
}

/// A successful answer of a Query action.
pub(super) fn ok(action: &str, result: &str) -> Reply {
    Reply::Answer(
        200,
        format!(
            "<{action}Response xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><{action}Result>{result}\
             </{action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>"
        ),
    )
}

/// A refusal of a Query action.
pub(super) fn refusal(status: u16, code: &str, message: &str) -> Reply {
    Reply::Answer(
        status,
        format!(
            "<ErrorResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><Error><Type>Sender</Type>\
             <Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
        ),
    )
}

/// That there were too many calls.
pub(super) fn throttling() -> Reply {
    refusal(400, "Throttling", "Rate exceeded")
}

/// The answer of `sts:GetCallerIdentity`.
pub(super) fn identity() -> Reply {
    ok(
        "GetCallerIdentity",
        "<Arn>arn:aws:iam::123456789012:user/ops</Arn><UserId>AIDA</UserId><Account>123456789012</Account>",
    )
}

/// A cluster in an answer, with members and the status of their parameter group.
pub(super) fn cluster(identifier: &str, members: &[(&str, &str)]) -> String {
    let members: String = members
        .iter()
        .map(|(member, status)| {
            format!(
                "<DBClusterMember><DBInstanceIdentifier>{member}</DBInstanceIdentifier>\
                 <IsClusterWriter>true</IsClusterWriter>\
                 <DBClusterParameterGroupStatus>{status}</DBClusterParameterGroupStatus></DBClusterMember>"
            )
        })
        .collect();
    format!(
        "<DBCluster><DBClusterIdentifier>{identifier}</DBClusterIdentifier>\
         <DBClusterArn>arn:aws:rds:eu-central-1:123456789012:cluster:{identifier}</DBClusterArn>\
         <DbClusterResourceId>cluster-{identifier}</DbClusterResourceId><Status>available</Status>\
         <Engine>aurora-postgresql</Engine><EngineVersion>17.4</EngineVersion>\
         <DBClusterParameterGroup>group-of-{identifier}</DBClusterParameterGroup>\
         <DBClusterMembers>{members}</DBClusterMembers></DBCluster>"
    )
}

/// An answer of `rds:DescribeDBClusters`.
pub(super) fn clusters(clusters: &str, marker: Option<&str>) -> Reply {
    let marker = marker
        .map(|marker| format!("<Marker>{marker}</Marker>"))
        .unwrap_or_default();
    ok(
        "DescribeDBClusters",
        &format!("<DBClusters>{clusters}</DBClusters>{marker}"),
    )
}

/// An instance in an answer, with the status of its parameter group and the cluster that it is in.
pub(super) fn instance(identifier: &str, status: &str, cluster: Option<&str>) -> String {
    let cluster = cluster
        .map(|cluster| format!("<DBClusterIdentifier>{cluster}</DBClusterIdentifier>"))
        .unwrap_or_default();
    format!(
        "<DBInstance><DBInstanceIdentifier>{identifier}</DBInstanceIdentifier>\
         <DBInstanceArn>arn:aws:rds:eu-central-1:123456789012:db:{identifier}</DBInstanceArn>\
         <DbiResourceId>db-{identifier}</DbiResourceId><DBInstanceStatus>available</DBInstanceStatus>\
         <Engine>postgres</Engine><EngineVersion>17.4</EngineVersion>{cluster}\
         <DBParameterGroups><DBParameterGroup><DBParameterGroupName>group-of-{identifier}</DBParameterGroupName>\
         <ParameterApplyStatus>{status}</ParameterApplyStatus></DBParameterGroup></DBParameterGroups></DBInstance>"
    )
}

/// An answer of `rds:DescribeDBInstances`.
pub(super) fn instances(instances: &str, marker: Option<&str>) -> Reply {
    let marker = marker
        .map(|marker| format!("<Marker>{marker}</Marker>"))
        .unwrap_or_default();
    ok(
        "DescribeDBInstances",
        &format!("<DBInstances>{instances}</DBInstances>{marker}"),
    )
}
