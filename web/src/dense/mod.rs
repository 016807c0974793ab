//! All of RAM on a canvas that is panned and zoomed, from the whole to a byte, by pointer, wheel, fingers and keys; a
//! table beside it says the same in text.

mod camera;
mod paint;

use view::figures::long_size;
use view::{Cell, CellId, Dense, Pfn};
use web_sys::{HtmlCanvasElement, HtmlElement};
use yew::prelude::*;

use self::camera::Camera;
use self::paint::{Colours, FILLS, Painting, context_of, near_frames, paint, picture};
use crate::components::button::Button;
use crate::msg::Msg;
use crate::shared::Shared;
use crate::stage::cell;
use crate::zoom;

/// So many runs are listed.
const LISTED: usize = 200;
/// A step of the zoom.
const STEP: f64 = 1.5;

/// What the map of RAM is made of.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// All of RAM.
    pub dense: Shared<Dense>,
    /// The bytes of the frames that were asked for.
    pub bytes: Shared<Vec<(u32, Vec<u8>)>>,
    /// The theme's word: another one has other colours.
    pub theme: &'static str,
    /// The stage's width: the canvas has another size with another one.
    pub width: i32,
    /// Where messages go.
    pub on: Callback<Msg>,
}

/// What happens on the canvas.
#[derive(Clone, Debug)]
pub enum Change {
    /// A pointer moved, which is pressed or not.
    Moved(PointerEvent),
    /// A pointer was pressed.
    Pressed(PointerEvent),
    /// A pointer was let go.
    Released(PointerEvent),
    /// The wheel turned.
    Turned(WheelEvent),
    /// A key was pressed.
    Key(KeyboardEvent),
    /// Closer or farther, about the middle.
    Zoom(f64),
    /// All of it.
    Whole,
}

/// The map of RAM.
pub struct DenseMap {
    canvas: NodeRef,
    swatches: NodeRef,
    camera: Camera,
    /// The screen's pixels that a pixel of the page is made of, and the screen's own ratio when that was measured.
    density: (f64, f64),
    colours: Colours,
    picture: Option<HtmlCanvasElement>,
    cursor: Option<u32>,
    /// Pointers that are pressed: number, place.
    pointers: Vec<(i32, f64, f64)>,
    /// How far the pressed pointer has moved.
    travelled: f64,
    asked: Vec<u32>,
}

impl Component for DenseMap {
    type Message = Change;
    type Properties = Props;

    fn create(_: &Context<DenseMap>) -> DenseMap {
        DenseMap {
            canvas: NodeRef::default(),
            swatches: NodeRef::default(),
            camera: Camera::default(),
            density: (1.0, 1.0),
            colours: Colours::default(),
            picture: None,
            cursor: None,
            pointers: Vec::new(),
            travelled: 0.0,
            asked: Vec::new(),
        }
    }

    fn changed(&mut self, _: &Context<DenseMap>, _: &Props) -> bool {
        self.picture = None;
        true
    }

    fn update(&mut self, ctx: &Context<DenseMap>, change: Change) -> bool {
        let cursor = self.cursor;
        let (x, y) = (self.camera.width / 2.0, self.camera.height / 2.0);
        match change {
            Change::Moved(event) => self.moved(&event),
            Change::Pressed(event) => self.pressed(&event),
            Change::Released(event) => self.released(ctx, &event),
            Change::Turned(event) => {
                let by = (-event.delta_y() / 400.0).exp();
                let (x, y) = self.place(&event);
                self.camera = self.camera.zoomed(by, x, y);
            }
            Change::Key(event) => self.key(ctx, &event),
            Change::Zoom(by) => self.camera = self.camera.zoomed(by, x, y),
            Change::Whole => {
                self.camera = Camera::whole(
                    ctx.props().dense.total,
                    self.camera.width,
                    self.camera.height,
                )
            }
        }
        self.draw(ctx);
        // Only the words beside the canvas are the document's.
        cursor != self.cursor
    }

    fn view(&self, ctx: &Context<DenseMap>) -> Html {
        let link = ctx.link();
        let Props { dense, on, .. } = ctx.props();
        let onwheel = link.callback(|event: WheelEvent| {
            event.prevent_default();
            Change::Turned(event)
        });
        let swatch = |name: &str| html! { <i style={format!("color:var({name})")} /> };
        let all = FILLS.iter().flat_map(|(_, fill, ink)| [*fill, *ink]);
        let names = all.chain(["--paper", "--dirty", "--focus", "--hair"]);
        let button = |name: &'static str, sign: &'static str, change: fn() -> Change| {
            let onclick = link.callback(move |_: MouseEvent| change());
            html! { <button type="button" aria-label={name} title={name} {onclick}>{ sign }</button> }
        };
        let words = self.cursor.map_or_else(
            || "Arrows move, + and − zoom, 0 shows all, Enter selects".to_owned(),
            |frame| words(dense, frame),
        );
        html! {
            <section class="dense" aria-label="All of RAM">
                <div class="panel-head">
                    <h2>{ format!("{} frames, {}", dense.total, long_size(u64::from(dense.total) * 4096)) }</h2>
                    { button("Farther", "−", || Change::Zoom(1.0 / STEP)) }
                    { button("Closer", "+", || Change::Zoom(STEP)) }
                    { button("Whole of RAM", "Whole", || Change::Whole) }
                    { Button { id: Some("to-stage"), ..Button::cross("Back to the stage") }.draw(Msg::ToggleDense, on) }
                </div>
                <canvas id="dense" ref={self.canvas.clone()} tabindex="0" role="application" aria-label="Map of all frames" aria-describedby="dense-words"
                    onpointermove={link.callback(Change::Moved)} onpointerdown={link.callback(Change::Pressed)} onpointerup={link.callback(Change::Released)}
                    onpointercancel={link.callback(Change::Released)} {onwheel} onkeydown={link.callback(Change::Key)} />
                <p id="dense-words" role="status">{ words }</p>
                <div class="tables">{ summary(dense) }{ listing(dense) }</div>
                <div ref={self.swatches.clone()} hidden={true}>{ for names.map(swatch) }</div>
            </section>
        }
    }

    fn rendered(&mut self, ctx: &Context<DenseMap>, _: bool) {
        self.measure(ctx);
        self.draw(ctx);
    }
}

impl DenseMap {
    /// Takes the canvas's size and the theme's colours; paints the picture of pixels where it is another one.
    fn measure(&mut self, ctx: &Context<DenseMap>) {
        if self.picture.is_some() {
            return;
        }
        let dense = &ctx.props().dense;
        if let Some(canvas) = self.canvas.cast::<HtmlCanvasElement>() {
            let (width, height) = (canvas.client_width().max(1), canvas.client_height().max(1));
            let (wide, high) = (f64::from(width), f64::from(height));
            let fits = self.camera.width == wide && self.camera.height == high;
            let same_ram = dense.total.div_ceil(self.camera.columns.max(1)) == self.camera.rows;
            if !fits || !same_ram {
                self.camera = Camera::whole(dense.total, wide, high);
            }
            // A large page is enlarged by its style sheet, too.
            let ratio = device_pixel_ratio();
            let density = zoom::of(&canvas) * ratio;
            self.density = (density, ratio);
            // At most some thousands.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let pixels = |length: f64| (length * density).round() as u32;
            canvas.set_width(pixels(wide));
            canvas.set_height(pixels(high));
        }
        self.colours = colours(&self.swatches).unwrap_or_default();
        self.picture = picture(dense, &self.colours, self.camera.columns);
        self.asked.clear();
    }

    fn draw(&mut self, ctx: &Context<DenseMap>) {
        if self.density.1 != device_pixel_ratio() {
            self.picture = None;
            self.measure(ctx);
        }
        let Props {
            dense, bytes, on, ..
        } = ctx.props();
        let near = near_frames(&self.camera, dense);
        if near != self.asked {
            self.asked.clone_from(&near);
            on.emit(Msg::LookAt(near));
        }
        let canvas = self.canvas.cast::<HtmlCanvasElement>();
        if let Some(context) = canvas.as_ref().and_then(context_of) {
            let painting = Painting {
                density: self.density.0,
                dense,
                picture: self.picture.as_ref(),
                bytes,
                colours: &self.colours,
                cursor: self.cursor,
            };
            paint(&context, &self.camera, &painting);
        }
    }

    /// Where on the canvas a pointer is.
    fn place(&self, event: &MouseEvent) -> (f64, f64) {
        let canvas = self.canvas.cast::<HtmlElement>();
        canvas.map_or((0.0, 0.0), |canvas| zoom::place(event, &canvas))
    }

    fn point(&mut self, x: f64, y: f64) {
        let frame = self.camera.frame_at(x, y);
        self.cursor = frame.or(self.cursor);
    }

    fn pressed(&mut self, event: &PointerEvent) {
        if let Some(canvas) = self.canvas.cast::<HtmlElement>() {
            // Without capture a drag ends at the canvas's edge; that is all.
            let _ = canvas.set_pointer_capture(event.pointer_id());
        }
        let (x, y) = self.place(event);
        self.pointers.push((event.pointer_id(), x, y));
        self.travelled = 0.0;
        self.point(x, y);
    }

    fn released(&mut self, ctx: &Context<DenseMap>, event: &PointerEvent) {
        let clicked =
            self.travelled < 4.0 && self.pointers.len() == 1 && event.type_() == "pointerup";
        self.pointers.retain(|(id, ..)| *id != event.pointer_id());
        if clicked {
            self.select(ctx);
        }
    }

    /// One finger pans, two zoom.
    fn moved(&mut self, event: &PointerEvent) {
        let (x, y) = self.place(event);
        let Some(at) = self
            .pointers
            .iter()
            .position(|(id, ..)| *id == event.pointer_id())
        else {
            self.point(x, y);
            return;
        };
        let other = self
            .pointers
            .iter()
            .find(|(id, ..)| *id != event.pointer_id())
            .copied();
        let Some((_, old_x, old_y)) = self.pointers.get(at).copied() else {
            return;
        };
        self.travelled += (x - old_x).abs() + (y - old_y).abs();
        self.camera = match other {
            None => self.camera.panned(x - old_x, y - old_y),
            Some((_, other_x, other_y)) => {
                let distance = |x: f64, y: f64| (x - other_x).hypot(y - other_y).max(1.0);
                self.camera
                    .zoomed(distance(x, y) / distance(old_x, old_y), other_x, other_y)
            }
        };
        if let Some(pointer) = self.pointers.get_mut(at) {
            *pointer = (event.pointer_id(), x, y);
        }
    }

    fn key(&mut self, ctx: &Context<DenseMap>, event: &KeyboardEvent) {
        if event.alt_key() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let columns = self.camera.columns;
        let last = ctx.props().dense.total.saturating_sub(1);
        let at = self.cursor.unwrap_or(0);
        let to = match event.key().as_str() {
            "ArrowLeft" => at.saturating_sub(1),
            "ArrowRight" => at.saturating_add(1),
            "ArrowUp" => at.checked_sub(columns).unwrap_or(at),
            "ArrowDown" => Some(at + columns).filter(|to| *to <= last).unwrap_or(at),
            "Home" => 0,
            "End" => last,
            key @ ("+" | "=" | "-" | "0" | "Enter") => {
                let (x, y) = self.camera.place(at);
                let half = self.camera.scale / 2.0;
                match key {
                    "+" | "=" => {
                        self.camera = self.camera.zoomed(STEP, x + half, y + half).showing(at)
                    }
                    "-" => self.camera = self.camera.zoomed(1.0 / STEP, x + half, y + half),
                    "0" => {
                        self.camera = Camera::whole(
                            ctx.props().dense.total,
                            self.camera.width,
                            self.camera.height,
                        )
                    }
                    _ => self.select(ctx),
                }
                event.prevent_default();
                event.stop_propagation();
                return;
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        self.cursor = Some(to.min(last));
        self.camera = self.camera.showing(to.min(last));
    }

    fn select(&self, ctx: &Context<DenseMap>) {
        if let Some(frame) = self.cursor {
            ctx.props()
                .on
                .emit(Msg::Select(Some(CellId::Frame(Pfn(frame)))));
        }
    }
}

/// How many of the screen's pixels a pixel of the browser is made of.
fn device_pixel_ratio() -> f64 {
    gloo::utils::window().device_pixel_ratio()
}

/// A frame in words.
fn words(dense: &Dense, frame: u32) -> String {
    let Some(run) = dense.at(frame) else {
        return String::new();
    };
    let id = CellId::Frame(Pfn(frame));
    cell::words(&Cell {
        id,
        kind: run.kind,
        frame: Some(Pfn(frame)),
        marks: run.marks,
    })
}

/// The theme's colours, read from elements that have them.
fn colours(swatches: &NodeRef) -> Option<Colours> {
    let children = swatches.cast::<HtmlElement>()?.children();
    let window = gloo::utils::window();
    let colour = |number: u32| {
        let style = window.get_computed_style(&children.item(number)?).ok()??;
        style.get_property_value("color").ok()
    };
    let fills = (0u32..)
        .zip(FILLS)
        .map(|(n, _)| Some((colour(2 * n)?, colour(2 * n + 1)?)));
    Some(Colours {
        fills: fills.collect::<Option<_>>()?,
        paper: colour(12)?,
        dirty: colour(13)?,
        focus: colour(14)?,
        hair: colour(15)?,
    })
}

fn summary(dense: &Dense) -> Html {
    let row = |(kind, count): (view::PageKind, u64)| {
        html! {
            <tr key={kind.name()}><th scope="row"><i class={classes!("sample", kind.class())} />{ kind.name() }</th><td>{ count }</td><td>{ long_size(count * 4096) }</td></tr>
        }
    };
    html! {
        <table>
            <caption>{ "What RAM holds" }</caption>
            <thead><tr><th scope="col">{ "kind" }</th><th scope="col">{ "frames" }</th><th scope="col">{ "size" }</th></tr></thead>
            <tbody>{ for dense.summary().into_iter().map(row) }</tbody>
        </table>
    }
}

/// The first runs of frames that look alike.
fn listing(dense: &Dense) -> Html {
    let row = |run: &view::DenseRun| {
        let words = words(dense, run.start);
        let what = words
            .split_once(", ")
            .map_or("", |(_, what)| what)
            .to_owned();
        html! { <tr key={run.start}><td>{ run.start }</td><td>{ run.count }</td><td>{ what }</td></tr> }
    };
    let left = dense.runs.len().saturating_sub(LISTED);
    html! {
        <details>
            <summary>{ "Runs of frames that look alike" }</summary>
            <table>
                <caption>{ if left > 0 { format!("The first {LISTED}; {left} more follow") } else { "All of them".to_owned() } }</caption>
                <thead><tr><th scope="col">{ "from frame" }</th><th scope="col">{ "frames" }</th><th scope="col">{ "what" }</th></tr></thead>
                <tbody>{ for dense.runs.iter().take(LISTED).map(row) }</tbody>
            </table>
        </details>
    }
}
