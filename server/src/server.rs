//! A running server and its end.

use crate::peer::{Crowd, Peer, is_proxy};
use crate::tls::{Certificates, acceptor};
use crate::uploads::gone;
use crate::{App, Config, Error, PublicUrlError, compact, routes};
use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use std::fs::{File, TryLockError};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

/// How long requests under way may take once the server was told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// A running server; dropped, it stops.
pub struct Server {
    address: SocketAddr,
    app: App,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
    /// Locked while it serves; the system lets go of it when the process ends, however that happens.
    _lock: File,
}

impl Server {
    /// Opens the data folder, listens, and serves from threads of its own. Not to be called from asynchronous code,
    /// which it would block.
    pub fn start(config: Config) -> Result<Self, Error> {
        let listen = config.listen;
        if let Some(public) = config.public_url.as_ref().filter(|public| config.tls.is_some() && !public.is_secure()) {
            return Err(Error::Usage(PublicUrlError::NotSecure(public.to_string()).to_string()));
        }
        let tls = config.tls.clone().map(|files| Certificates::open(files, Arc::clone(&config.clock)));
        let tls = tls.transpose()?.map(acceptor).transpose()?;
        let app = App::open(config)?;
        let lock = alone(&app.files().serving())?;
        gone::look(&app)?;
        let network = |doing| move |source| Error::System { doing, source };
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(network("start the runtime"))?;
        let listener = runtime.block_on(TcpListener::bind(listen)).map_err(network("listen"))?;
        let address = listener.local_addr().map_err(network("listen"))?;
        let stop = watch::Sender::new(false);
        let (served, stopped) = (app.clone(), stop.subscribe());
        let thread = std::thread::Builder::new()
            .name("server".to_owned())
            .spawn(move || serve(&runtime, listener, served, tls, stopped))
            .map_err(network("start the server's thread"))?;
        Ok(Self { address, app, stop, thread: Some(thread), _lock: lock })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as the beginning of an address in a browser.
    pub fn url(&self) -> String {
        let scheme = if self.app.config().tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Its state.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Stops: no new requests, those under way are answered, then everything is closed.
    pub fn shutdown(self) {
        drop(self);
    }
}

/// One server for one folder: limits on tries and uploads under way are kept in memory. Commands may run beside it.
fn alone(path: &Path) -> Result<File, Error> {
    let file = File::create(path).map_err(Error::file("create", path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Usage("another server serves this folder".to_owned())),
        Err(TryLockError::Error(source)) => Err(Error::file("lock", path)(source)),
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic there has already been printed.
            let _ = thread.join();
        }
    }
}

/// What connections are served with.
struct Service {
    router: Router,
    tls: Option<TlsAcceptor>,
    patience: Duration,
    places: Arc<Semaphore>,
    crowd: Crowd,
    each: usize,
    proxy: Option<IpAddr>,
}

fn serve(runtime: &Runtime, listener: TcpListener, app: App, tls: Option<TlsAcceptor>, stopped: watch::Receiver<bool>) {
    let live = app.live().clone();
    let working = compact::work(app.clone());
    let patience = app.config().patience;
    let places = Arc::new(Semaphore::new(app.config().connections));
    let (each, proxy) = (app.config().connections_each, app.config().proxy);
    let service = Service { router: routes::router(app), tls, patience, places, crowd: Crowd::default(), each, proxy };
    runtime.block_on(async move {
        let graceful = GracefulShutdown::new();
        let working = tokio::spawn(working);
        let mut told = stopped;
        tokio::select! {
            () = accept(listener, &service, &graceful) => {}
            () = wait(&mut told) => {}
        }
        live.end();
        working.abort();
        tokio::select! {
            () = graceful.shutdown() => {}
            () = tokio::time::sleep(GRACE) => tracing::warn!("stopped with requests under way"),
        }
    });
}

/// Takes in connections, as many as there are places for; more wait with the system. One address does not take all
/// places; who has many people behind it must be the proxy that was named, which is not counted.
async fn accept(listener: TcpListener, service: &Service, graceful: &GracefulShutdown) {
    loop {
        let Ok(place) = Arc::clone(&service.places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, from)) => {
                let most = if is_proxy(from.ip(), service.proxy) { usize::MAX } else { service.each };
                let Some(among_its_own) = service.crowd.enter(Peer::new(from.ip()), most) else {
                    tracing::debug!("an address has too many connections");
                    continue;
                };
                // An answer is one write: nothing is won by waiting for more.
                let _ = stream.set_nodelay(true);
                let (router, patience, watcher) = (service.router.clone(), service.patience, graceful.watcher());
                let peers = (from.ip(), service.proxy);
                let tls = service.tls.clone();
                tokio::spawn(async move {
                    match tls {
                        None => connection(stream, router, peers, patience, watcher).await,
                        Some(tls) => match tokio::time::timeout(patience, tls.accept(stream)).await {
                            Ok(Ok(stream)) => connection(stream, router, peers, patience, watcher).await,
                            Ok(Err(error)) => tracing::debug!("TLS: {error}"),
                            Err(_) => tracing::debug!("TLS: no handshake in time"),
                        },
                    }
                    drop((place, among_its_own));
                });
            }
            Err(error) => {
                // Out of file handles, as a rule: others must be closed first.
                tracing::error!("accept: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// One connection to its end. A head that does not come in time, the first or the next, ends it.
async fn connection<S>(
    stream: S,
    router: Router,
    (from, proxy): (IpAddr, Option<IpAddr>),
    patience: Duration,
    watcher: Watcher,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let routes = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let peer = Peer::of_request(from, proxy, request.headers());
        request.extensions_mut().insert(peer);
        routes.call(request)
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(serving).await {
        tracing::debug!("connection: {error}");
    }
}

async fn wait(stopped: &mut watch::Receiver<bool>) {
    // An error means that the server's handle is gone, which is as good as being told.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
