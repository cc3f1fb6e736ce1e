//! The group as `main` runs it, on ports that the system chooses.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use service_group::testing;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Addresses, App, Files};

type Certificate = CertifiedKey<KeyPair>;

/// Makes a certificate, and writes it and its key into the files.
fn renew(files: &Files) -> Certificate {
    let certificate = generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    fs::write(&files.certificate, certificate.cert.pem()).expect("a folder of the test");
    fs::write(&files.key, certificate.signing_key.serialize_pem()).expect("a folder of the test");
    certificate
}

async fn connect(addr: SocketAddr, trusted: &Certificate) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.cert.der().clone()).expect("a certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().expect("versions of TLS");
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, TcpStream::connect(addr).await?).await
}

async fn ask(client: &mut TlsStream<TcpStream>, last: &str) -> io::Result<String> {
    client.write_all(b"GET /path HTTP/1.1\r\nhost: localhost\r\n\r\n").await?;
    let mut answer = String::new();
    while !answer.ends_with(last) {
        let mut bytes = [0; 1024];
        match client.read(&mut bytes).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => answer.push_str(&String::from_utf8_lossy(&bytes[..count])),
        }
    }
    Ok(answer)
}

#[tokio::test]
async fn both_sides_answer_and_a_reload_brings_the_new_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let files =
        Files { certificate: folder.path().join("certificate.pem"), key: folder.path().join("key.pem") };
    let first = renew(&files);
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let app = App::start(files.clone(), Addresses { public: any, internal: any }).await.expect("it starts");
    let addr = app.public.local_addr().tcp().expect("it listens on TCP");
    let internal = app.internal.local_addr().tcp().expect("it listens on TCP");

    let mut early = connect(addr, &first).await.expect("the first certificate");
    ask(&mut early, "/path from the public side\n").await.expect("an answer");
    let mut client = connect(internal, &first).await.expect("the first certificate");
    ask(&mut client, "/path from the internal side\n").await.expect("an answer");

    // A key that is not that of the certificate: the reload fails, and the servers go on with the certificate before.
    fs::write(&files.key, renew(&files).signing_key.serialize_pem() + "damaged")
        .expect("a folder of the test");
    fs::write(&files.certificate, "damaged").expect("a folder of the test");
    let report = app.handle().reload().await;
    assert!(!report.is_success(), "{report}");
    connect(addr, &first).await.expect("the certificate before");

    let second = renew(&files);
    let report = app.handle().reload().await;
    assert!(report.is_success(), "{report}");
    connect(addr, &first).await.expect_err("no longer");
    for addr in [addr, internal] {
        connect(addr, &second).await.expect("the new certificate");
    }
    ask(&mut early, "/path from the public side\n").await.expect("a connection that was open stays open");

    drop((early, client));
    let report = app.stop().await;
    assert!(report.is_clean(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stops_whatever_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let files =
        Files { certificate: folder.path().join("certificate.pem"), key: folder.path().join("key.pem") };
    renew(&files);
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    testing::faults(move || App::runner(files.clone(), Addresses { public: any, internal: any })).await;
}
