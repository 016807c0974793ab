//! What the page asks of the browser: values that [`crate::state::State::update`] returns, and the one
//! place that carries them out.

use gloo::file::callbacks::{FileReader, read_as_bytes};
use gloo::file::{Blob, File};
use gloo::timers::callback::Timeout;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlDialogElement, HtmlElement, Storage};
use yew::Callback;

use crate::msg::Msg;
use crate::settings::Theme;
use crate::stage::band::Band;
use crate::stage::shape::Rect;
use crate::zoom;

/// Something for the browser to do.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Keep a text under a name.
    Keep(&'static str, String),
    /// Put a text on the clipboard.
    Copy(String),
    /// Give a file to the person.
    Download(String, Vec<u8>),
    /// Read files and send each as [`Msg::FileRead`].
    Read(Vec<File>),
    /// Send a message after so many milliseconds; it takes the place of one that is waiting.
    After(u32, Msg),
    /// Send a message with the browser's next frame.
    Frame(Msg),
    /// Drop the message that is waiting.
    Cancel,
    /// Give the stage to the person as a picture of this kind.
    Export(&'static str),
    /// Play the motions of the step.
    Play,
    /// Move the keyboard's focus to the element with this id.
    Focus(String),
    /// Move it there if what had it is no longer to be seen.
    Rescue(&'static str),
    /// Open the dialog with this id.
    Show(&'static str),
    /// Put a text behind the `#` of the page's address, without a step in the browser's history.
    Address(String),
    /// Put on a theme.
    Dress(Theme),
    /// Scroll the element with this id into view within its own scroller, never the page.
    Reveal(String),
    /// Do so with a place of the stage, whether or not its things are on the page now.
    RevealPlace(Rect),
}

/// Carries effects out; holds what has to live until it is done.
#[derive(Default)]
pub struct Effects {
    timer: Option<Timeout>,
    readers: Vec<FileReader>,
}

impl Effects {
    /// Carries one out. [`Effect::Play`] is the caller's, who has the score.
    pub fn run(&mut self, effect: Effect, on: &Callback<Msg>) {
        match effect {
            Effect::Keep(name, text) => keep(name, &text),
            Effect::Copy(text) => copy(&text),
            Effect::Download(name, bytes) => download(&name, &bytes),
            Effect::Export(kind) => export(kind),
            Effect::Read(files) => self.read(files, on),
            Effect::After(milliseconds, msg) => {
                let on = on.clone();
                self.timer = Some(Timeout::new(milliseconds, move || on.emit(msg)));
            }
            Effect::Frame(msg) => {
                let on = on.clone();
                let frame = Closure::once_into_js(move || on.emit(msg));
                // Without frames there is nothing to be seen: what is then due waits for one.
                let _ = gloo::utils::window().request_animation_frame(frame.unchecked_ref());
            }
            Effect::Cancel => self.timer = None,
            Effect::Play => {}
            Effect::Rescue(_) if has_focus() => {}
            Effect::Rescue(id) => focus(id),
            Effect::Focus(id) => focus(&id),
            Effect::Show(id) => {
                if let Some(dialog) = by_id::<HtmlDialogElement>(id).filter(|dialog| !dialog.open())
                {
                    let _ = dialog.show_modal();
                }
            }
            Effect::Address(hash) => address(&hash),
            Effect::Dress(theme) => {
                let root = gloo::utils::document_element();
                let _ = root.set_attribute("data-theme", theme.word());
            }
            // Once the browser has laid the page out: asking before would make it do so at once.
            Effect::Reveal(id) => {
                Timeout::new(0, move || reveal(&id, None)).forget();
            }
            Effect::RevealPlace(place) => {
                Timeout::new(0, move || reveal("drawing", Some(place))).forget();
            }
        }
    }

    fn read(&mut self, files: Vec<File>, on: &Callback<Msg>) {
        self.readers.clear();
        for file in files {
            let (name, on) = (file.name(), on.clone());
            self.readers.push(read_as_bytes(&file, move |result| {
                on.emit(match result {
                    Ok(bytes) => Msg::FileRead(name, bytes),
                    Err(error) => Msg::Refused(format!("{name} could not be read: {error}")),
                });
            }));
        }
    }
}

fn focus(id: &str) {
    if let Some(element) = by_id::<web_sys::SvgElement>(id) {
        // An element that cannot take the focus leaves it where it is.
        let _ = element.focus();
    } else if let Some(element) = by_id::<HtmlElement>(id) {
        let _ = element.focus();
    }
}

/// Whether something that is seen has the focus.
fn has_focus() -> bool {
    let focused = gloo::utils::document().active_element();
    focused.is_some_and(|it| it.tag_name() != "BODY" && it.get_bounding_client_rect().width() > 0.0)
}

/// Asks the start script (`boot.js`) for a picture of the stage.
fn export(kind: &str) {
    let detail = web_sys::CustomEventInit::new();
    detail.set_detail(&kind.into());
    if let Ok(event) = web_sys::CustomEvent::new_with_event_init_dict("lab-export", &detail) {
        // Nobody stops the event.
        let _ = gloo::utils::window().dispatch_event(&event);
    }
}

/// Margin around what is scrolled into view, in CSS pixels.
const MARGIN: f64 = 24.0;

/// Scrolls an element into view, or a place within it.
fn reveal(id: &str, place: Option<Rect>) {
    let Some(element) = gloo::utils::document().get_element_by_id(id) else {
        return;
    };
    let Ok(Some(scroller)) = element.closest(".scroll, .editor") else {
        return;
    };
    let (inner, outer) = (
        element.get_bounding_client_rect(),
        scroller.get_bounding_client_rect(),
    );
    let zoom = zoom::of(&scroller);
    let (top, bottom) = match place {
        Some(Rect { y, h, .. }) => {
            let top = inner.top() + f64::from(y) * zoom;
            (top, top + f64::from(h) * zoom)
        }
        None => (inner.top(), inner.bottom()),
    };
    let above = top - MARGIN - outer.top();
    let below = bottom + MARGIN - outer.bottom();
    let by = if above < 0.0 {
        above
    } else {
        below.max(0.0).min(above)
    };
    // Whole pixels are enough.
    #[expect(clippy::cast_possible_truncation)]
    scroller.set_scroll_top(scroller.scroll_top() + (by / zoom) as i32);
}

/// The part of the stage that is near what the window shows.
// Whole pixels are enough.
#[expect(clippy::cast_possible_truncation)]
pub fn band() -> Option<Band> {
    let drawing = by_id::<web_sys::Element>("drawing")?;
    let window = gloo::utils::window().inner_height().ok()?.as_f64()?;
    let scroller = drawing.closest(".scroll").ok()??;
    let zoom = zoom::of(&scroller);
    let (start, outer) = (
        drawing.get_bounding_client_rect().top(),
        scroller.get_bounding_client_rect(),
    );
    // Where nothing of it is in view, a window's height of it is kept.
    let (top, bottom) = (outer.top().max(0.0), outer.bottom().min(window));
    let (top, height) = match bottom - top {
        height if height > 0.0 => (top - start, height),
        _ => (-start, window),
    };
    Some(Band::around((top / zoom) as i32, (height / zoom) as i32))
}

fn by_id<T: JsCast>(id: &str) -> Option<T> {
    gloo::utils::document()
        .get_element_by_id(id)?
        .dyn_into()
        .ok()
}

fn storage() -> Option<Storage> {
    gloo::utils::window().local_storage().ok()?
}

/// What was kept under a name; nothing where the browser keeps nothing.
pub fn kept(name: &str) -> Option<String> {
    storage()?.get_item(name).ok()?
}

fn keep(name: &str, text: &str) {
    if let Some(storage) = storage() {
        // A full or forbidden storage loses convenience, not work: the page goes on.
        let _ = storage.set_item(name, text);
    }
}

fn copy(text: &str) {
    // Without permission the text stays where it is shown, selected by a click.
    let navigator: JsValue = gloo::utils::window().navigator().into();
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into());
    let write = clipboard.and_then(|clipboard| {
        let write = js_sys::Reflect::get(&clipboard, &"writeText".into())?;
        write
            .dyn_into::<js_sys::Function>()?
            .call1(&clipboard, &text.into())
    });
    drop(write);
}

fn download(name: &str, bytes: &[u8]) {
    let blob = Blob::new(bytes);
    let url = gloo::file::ObjectUrl::from(blob);
    let document = gloo::utils::document();
    let Some(link) = document.create_element("a").ok() else {
        return;
    };
    let _ = link.set_attribute("href", &url);
    let _ = link.set_attribute("download", name);
    if let Ok(link) = link.dyn_into::<HtmlElement>() {
        link.click();
    }
    // The browser takes the bytes after the click: the address must live a while.
    Timeout::new(60_000, move || drop(url)).forget();
}

fn address(hash: &str) {
    let window = gloo::utils::window();
    if let Ok(history) = window.history() {
        let url = format!("#{hash}");
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&url));
    }
}

/// What stands behind the `#` of the page's address.
pub fn hash() -> String {
    let hash = gloo::utils::window().location().hash().unwrap_or_default();
    hash.trim_start_matches('#').to_owned()
}

/// The page's address without what stands behind the `#`.
pub fn page_address() -> String {
    let href = gloo::utils::window().location().href().unwrap_or_default();
    href.split('#').next().unwrap_or_default().to_owned()
}

/// Whether the system asks for something, as a media query.
pub fn media(query: &str) -> bool {
    let list = gloo::utils::window().match_media(query);
    list.ok().flatten().is_some_and(|list| list.matches())
}
