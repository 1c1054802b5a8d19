//! A sync whose requests go through somebody's hands, over real HTTP.

use wurao_device::{HttpAnswer, HttpRequest, NetworkError, PhoneError, SyncOptions, SyncReport, Want};
use wurao_tests::world::FieldPhone;

/// What becomes of an answer on its way to the phone.
pub(crate) enum Fate {
    Arrives,
    Lost,
}

/// Syncs text; `between` is told the number of each request, from 1, once the server has answered it.
pub(crate) fn sync(phone: &FieldPhone, mut between: impl FnMut(usize) -> Fate) -> Result<SyncReport, PhoneError> {
    let client = reqwest::blocking::Client::new();
    let mut run = phone.phone.begin_sync(&SyncOptions { photos: false, ..SyncOptions::default() })?;
    let mut requests = 0;
    loop {
        match run.want() {
            Want::Send(number, HttpRequest { url, headers, body, .. }) => {
                requests += 1;
                let request =
                    headers.into_iter().fold(client.post(url), |asked, (name, value)| asked.header(name, value));
                let answer = request.body(body).send().unwrap();
                let (status, body) = (answer.status().as_u16(), answer.bytes().unwrap().to_vec());
                if matches!(between(requests), Fate::Lost) {
                    run.answered(number, Err(NetworkError::Offline("cut".to_owned())));
                    continue;
                }
                let (heard, rest) = if status == 200 { (body, Vec::new()) } else { (Vec::new(), body) };
                run.heard(number, &heard);
                run.answered(number, Ok(HttpAnswer { status, headers: Vec::new(), body: rest }));
            }
            Want::Wait(_) => run.woke(),
            Want::Nothing => {}
            Want::Over(said) => return said,
        }
    }
}
