//! The one object: each method is the facade's method of the same name.

use crate::ports::{DeviceClock, DeviceKeyStore, DeviceSigner, SyncObserver, Told, ports};
use crate::{
    ChecklistView, Enrolled, Form, HandOver, HandedOver, LateStart, Outbox, PersonView, PhoneError, PhotoView,
    RawValue, Shown, SiteView, SyncOptions, SyncReport, Verified, WorkItem,
};
use std::path::Path;
use std::sync::Arc;
use wurao_device::Settings;

/// One phone: an inspector's work in one folder. May be called from any thread; calls take turns, and none but
/// `enrol` and `sync` needs a network. What a call has returned is durable.
#[derive(uniffi::Object)]
pub struct Phone {
    facade: wurao_device::Phone,
}

/// A flag that stops a sync at its next step; what was acknowledged until then stays.
#[derive(uniffi::Object)]
pub struct Cancel {
    flag: wurao_device::Cancel,
}

#[uniffi::export]
impl Cancel {
    /// Not cancelled.
    #[uniffi::constructor]
    pub fn new() -> Arc<Self> {
        Arc::new(Self { flag: wurao_device::Cancel::new() })
    }

    /// Stops the sync at its next step.
    pub fn cancel(&self) {
        self.flag.cancel();
    }
}

#[uniffi::export]
impl Phone {
    /// Opens the phone's folder, making it at the first start. Without a signer the device key is a file in the folder;
    /// without a clock the system's is used. The store's key is asked for only where the store is encrypted; without a
    /// key store of the app's it lies in a file of the folder, if the device key does too.
    #[uniffi::constructor(default(signer = None, clock = None, keys = None))]
    pub fn open(
        folder: String,
        signer: Option<Arc<dyn DeviceSigner>>,
        clock: Option<Arc<dyn DeviceClock>>,
        keys: Option<Arc<dyn DeviceKeyStore>>,
    ) -> Result<Arc<Self>, PhoneError> {
        let ports = ports(Path::new(&folder), signer, clock, keys)?;
        let facade = wurao_device::Phone::open(&Settings { folder: folder.into() }, ports)?;
        Ok(Arc::new(Self { facade }))
    }

    /// Lets this phone in at a server with a one-time code.
    pub fn enrol(&self, server_url: String, code: String, name: String) -> Result<Enrolled, PhoneError> {
        Ok(self.facade.enrol(&server_url, &code, &name)?.into())
    }

    /// The same by the text of an invitation's QR code, which says where the server is and by which authority it is
    /// known.
    pub fn enrol_with(&self, invitation: String, name: String) -> Result<Enrolled, PhoneError> {
        Ok(self.facade.enrol_with(&invitation, &name)?.into())
    }

    /// The people who may work on this phone.
    pub fn persons(&self) -> Result<Vec<PersonView>, PhoneError> {
        Ok(self.facade.persons()?.into_iter().map(Into::into).collect())
    }

    /// Says who is at work now, with their PIN when they have one. Refused with the codes `pin-needed`, `wrong-pin`, or
    /// `pin-locked`, whose detail is the seconds to wait.
    #[uniffi::method(default(pin = None))]
    pub fn use_person(&self, person: String, pin: Option<String>) -> Result<(), PhoneError> {
        Ok(self.facade.use_person(id(&person)?, pin.as_deref())?)
    }

    /// Sets or changes a person's PIN, four digits at least; the old one is asked when there is one.
    pub fn set_pin(&self, person: String, old: Option<String>, new_pin: String) -> Result<(), PhoneError> {
        Ok(self.facade.set_pin(id(&person)?, old.as_deref(), &new_pin)?)
    }

    /// The visits that the person at work may make or has made, soonest first.
    pub fn work(&self) -> Result<Vec<WorkItem>, PhoneError> {
        Ok(self.facade.work()?.into_iter().map(Into::into).collect())
    }

    /// Starts an inspection under a permit; returns the inspection's id.
    pub fn start(&self, permit: String) -> Result<String, PhoneError> {
        Ok(self.facade.start(id(&permit)?)?.to_string())
    }

    /// The same at a site that is known: refused with the code `wrong-site` when the permit is for another.
    pub fn start_at(&self, permit: String, site: String) -> Result<String, PhoneError> {
        Ok(self.facade.start_at(id(&permit)?, id(&site)?)?.to_string())
    }

    /// Starts without a permit that is valid here and now, to be registered late; returns the inspection's id.
    pub fn start_late(&self, late: LateStart) -> Result<String, PhoneError> {
        Ok(self.facade.start_late(&late.facade()?)?.to_string())
    }

    /// Says that an inspection was begun by mistake and shall not count.
    pub fn void(&self, document: String, reason: String) -> Result<(), PhoneError> {
        Ok(self.facade.void(id(&document)?, &reason)?)
    }

    /// The sites that this phone knows, by division code.
    pub fn sites(&self) -> Result<Vec<SiteView>, PhoneError> {
        Ok(self.facade.sites()?.into_iter().map(Into::into).collect())
    }

    /// The checklists that this phone knows.
    pub fn checklists(&self) -> Result<Vec<ChecklistView>, PhoneError> {
        Ok(self.facade.checklists()?.into_iter().map(Into::into).collect())
    }

    /// A permit as a QR code's text, signed by this phone for this half minute; with the six digits that were asked
    /// for, when they were.
    #[uniffi::method(default(challenge = None))]
    pub fn present(&self, permit: String, challenge: Option<u32>) -> Result<Shown, PhoneError> {
        Ok(self.facade.present(id(&permit)?, challenge)?.into())
    }

    /// Judges what another phone shows.
    #[uniffi::method(default(site = None, challenge = None))]
    pub fn verify_shown(
        &self,
        text: String,
        site: Option<String>,
        challenge: Option<u32>,
    ) -> Result<Verified, PhoneError> {
        let site = site.as_deref().map(id).transpose()?;
        Ok(self.facade.verify_shown(&text, site, challenge)?.into())
    }

    /// Takes what a village has said, sealed by its page, to bring it to the server unread.
    pub fn carry(&self, text: String) -> Result<(), PhoneError> {
        Ok(self.facade.carry(&text)?)
    }

    /// A text for a colleague's phone that shall hand over, without a server, what this one lacks: to be shown as a QR code or sent.
    pub fn ask_hand_over(&self) -> Result<String, PhoneError> {
        Ok(self.facade.ask_hand_over()?)
    }

    /// What a phone that asked lacks, as one file for that phone alone.
    pub fn hand_over(&self, asked: String) -> Result<HandOver, PhoneError> {
        Ok(self.facade.hand_over(&asked)?.into())
    }

    /// Takes in a file that a colleague's phone made for this one.
    pub fn take_hand_over(&self, file: Vec<u8>) -> Result<HandedOver, PhoneError> {
        Ok(self.facade.take_hand_over(&file)?.into())
    }

    /// The JPEG of a thumbnail or rendition by its SHA-256: where photos are encrypted no path leads to one.
    pub fn picture(&self, sha256: String) -> Result<Vec<u8>, PhoneError> {
        Ok(self.facade.picture(&sha256)?)
    }

    /// Has the second copy of unsent work signed and flushed: call it when the app goes to the background.
    pub fn seal_journal(&self) -> Result<(), PhoneError> {
        Ok(self.facade.seal_journal()?)
    }

    /// The inspection as the screen shows it, in a language (`zh`, `en`).
    pub fn form(&self, document: String, language: String) -> Result<Form, PhoneError> {
        Ok(self.facade.form(id(&document)?, &language)?.into())
    }

    /// Saves one answer; an empty text clears it.
    pub fn answer(
        &self,
        document: String,
        question: String,
        instance: String,
        value: String,
    ) -> Result<(), PhoneError> {
        Ok(self.facade.answer(id(&document)?, &question, &instance, &value)?)
    }

    /// Adds a row to a repeated group below an instance (`-` at the top); returns the row's instance id.
    pub fn add_row(&self, document: String, kind: String, parent: String) -> Result<String, PhoneError> {
        Ok(self.facade.add_row(id(&document)?, &kind, &parent)?)
    }

    /// Removes a row with its answers.
    pub fn remove_row(&self, document: String, instance: String) -> Result<(), PhoneError> {
        Ok(self.facade.remove_row(id(&document)?, &instance)?)
    }

    /// Settles a conflict by one of the values that are in it now. A screen that has shown them uses `choose_among`.
    pub fn choose(
        &self,
        document: String,
        question: String,
        instance: String,
        value: String,
    ) -> Result<(), PhoneError> {
        Ok(self.facade.choose(id(&document)?, &question, &instance, &value)?)
    }

    /// Settles a conflict by one of the values that a form showed, of which `among` is the field's; refused when another
    /// value has come since.
    pub fn choose_among(
        &self,
        document: String,
        question: String,
        instance: String,
        value: String,
        among: String,
    ) -> Result<(), PhoneError> {
        Ok(self.facade.choose_among(id(&document)?, &question, &instance, &value, &among)?)
    }

    /// Attaches the photo in this file to a question. When this returns, the photo is saved.
    pub fn attach_photo(
        &self,
        document: String,
        question: String,
        instance: String,
        file: String,
    ) -> Result<PhotoView, PhoneError> {
        Ok(self.facade.attach_photo(id(&document)?, &question, &instance, Path::new(&file))?.into())
    }

    /// The photos of an inspection attached on this phone, in order.
    pub fn photos(&self, document: String) -> Result<Vec<PhotoView>, PhoneError> {
        Ok(self.facade.photos(id(&document)?)?.into_iter().map(Into::into).collect())
    }

    /// The person at work is done here.
    pub fn leave(&self, document: String) -> Result<(), PhoneError> {
        Ok(self.facade.leave(id(&document)?)?)
    }

    /// Every key of an inspection that holds a value, with all live ones.
    pub fn values(&self, document: String) -> Result<Vec<RawValue>, PhoneError> {
        Ok(self.facade.values(id(&document)?)?.into_iter().map(Into::into).collect())
    }

    /// What has not reached the server, or was not taken.
    pub fn outbox(&self) -> Result<Outbox, PhoneError> {
        Ok(self.facade.outbox()?.into())
    }

    /// Ends a sync under way and lets go of every file, before the system puts the app to sleep. Until
    /// [`resume`](Self::resume) every other call is refused (`suspended`). What was saved is saved.
    pub fn suspend(&self) -> Result<(), PhoneError> {
        Ok(self.facade.suspend()?)
    }

    /// Takes the files up again; without a suspension it does nothing. Refused (`in-use`) while another process has them.
    pub fn resume(&self) -> Result<(), PhoneError> {
        Ok(self.facade.resume()?)
    }

    /// Brings phone and server together. Blocks until done, cut or cancelled: call it from a background thread.
    #[uniffi::method(default(observer = None, cancel = None))]
    pub fn sync(
        &self,
        options: SyncOptions,
        observer: Option<Arc<dyn SyncObserver>>,
        cancel: Option<Arc<Cancel>>,
    ) -> Result<SyncReport, PhoneError> {
        let cancel = cancel.unwrap_or_else(Cancel::new);
        Ok(self.facade.sync(&options.into(), &Told(observer), &cancel.flag)?.into())
    }
}

/// A text as a QR code in a PNG picture, each of its modules so many pixels wide.
#[uniffi::export]
pub fn qr_png(text: String, scale: u32) -> Result<Vec<u8>, PhoneError> {
    Ok(wurao_device::qr_png(&text, scale)?)
}

/// An id from its hex text.
pub(crate) fn id<T: std::str::FromStr>(text: &str) -> Result<T, PhoneError>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error| PhoneError::BadInput {
        code: "bad-id".to_owned(),
        detail: format!("{text:?} is no id: {error}"),
    })
}
