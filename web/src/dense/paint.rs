//! Paints all of RAM on a canvas. Far away, one picture of a pixel for each frame is laid over the canvas; nearer,
//! frames are cells with marks, then with numbers, and at the nearest with their bytes.

use view::{Dense, DenseRun, Marks, PageKind};
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use super::camera::Camera;

/// Cells have marks from this size on, numbers from that, and bytes, then digits of bytes, from those.
const MARKED: f64 = 12.0;
const NUMBERED: f64 = 34.0;
const BYTES: f64 = 256.0;
const DIGITS: f64 = 960.0;
/// Below this size the picture of pixels is drawn.
const CELLS: f64 = 6.0;
/// Bytes of a row within a frame.
const BYTE_COLUMNS: u32 = 64;

/// The kinds that RAM can hold, and the style variables of their fill and their ink.
pub const FILLS: [(PageKind, &str, &str); 6] = [
    (PageKind::Free, "--free", "--soft"),
    (PageKind::Anonymous, "--anon", "--anon-ink"),
    (PageKind::File, "--file", "--file-ink"),
    (PageKind::Shmem, "--shmem", "--shmem-ink"),
    (PageKind::Zero, "--zero", "--zero-ink"),
    (PageKind::Kernel, "--device", "--device-ink"),
];

/// The theme's colours, as the browser resolves them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Colours {
    /// Fill and ink of each of [`FILLS`].
    pub fills: Vec<(String, String)>,
    /// Behind everything.
    pub paper: String,
    /// Dirty corners.
    pub dirty: String,
    /// The frame under the cursor.
    pub focus: String,
    /// Cells' edges.
    pub hair: String,
}

impl Colours {
    fn of(&self, kind: PageKind) -> (&str, &str) {
        let at = FILLS
            .iter()
            .position(|(known, ..)| *known == kind)
            .unwrap_or(0);
        self.fills
            .get(at)
            .map_or(("white", "black"), |(fill, ink)| (fill, ink))
    }
}

/// One pixel a frame, painted once for each moment.
pub fn picture(dense: &Dense, colours: &Colours, columns: u32) -> Option<HtmlCanvasElement> {
    let rows = dense.total.div_ceil(columns.max(1));
    let canvas: HtmlCanvasElement = gloo::utils::document()
        .create_element("canvas")
        .ok()?
        .dyn_into()
        .ok()?;
    canvas.set_width(columns);
    canvas.set_height(rows);
    let context = context_of(&canvas)?;
    // The browser resolves the colours: each is painted and read back.
    let palette: Vec<[u8; 4]> = FILLS
        .iter()
        .map(|(kind, ..)| resolved(&context, colours.of(*kind).0))
        .collect::<Option<_>>()?;
    let size = usize::try_from(u64::from(columns) * u64::from(rows)).ok()?;
    let mut pixels = vec![0u8; size * 4];
    for run in &dense.runs {
        let at = FILLS
            .iter()
            .position(|(kind, ..)| *kind == run.kind)
            .unwrap_or(0);
        let colour = palette.get(at).copied().unwrap_or_default();
        let (start, count) = (
            usize::try_from(run.start).ok()?,
            usize::try_from(run.count).ok()?,
        );
        let part = pixels
            .get_mut(start * 4..(start + count) * 4)
            .unwrap_or_default();
        part.as_chunks_mut::<4>().0.fill(colour);
    }
    let image =
        ImageData::new_with_u8_clamped_array_and_sh(Clamped(&pixels), columns, rows).ok()?;
    context.put_image_data(&image, 0.0, 0.0).ok()?;
    Some(canvas)
}

fn resolved(context: &CanvasRenderingContext2d, colour: &str) -> Option<[u8; 4]> {
    context.set_fill_style_str(colour);
    context.fill_rect(0.0, 0.0, 1.0, 1.0);
    let data = context.get_image_data(0.0, 0.0, 1.0, 1.0).ok()?.data();
    data.first_chunk().copied()
}

/// The drawing context of a canvas.
pub fn context_of(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// What is painted.
pub struct Painting<'a> {
    /// The canvas's pixels that a pixel of the page is made of.
    pub density: f64,
    /// All of RAM.
    pub dense: &'a Dense,
    /// Its picture of pixels.
    pub picture: Option<&'a HtmlCanvasElement>,
    /// The bytes of the frames that are near.
    pub bytes: &'a [(u32, Vec<u8>)],
    /// The colours.
    pub colours: &'a Colours,
    /// The frame under the cursor.
    pub cursor: Option<u32>,
}

/// Paints what the camera sees.
pub fn paint(context: &CanvasRenderingContext2d, camera: &Camera, painting: &Painting) {
    let Painting {
        dense,
        colours,
        density,
        ..
    } = *painting;
    // A canvas that has no such state draws smaller.
    let _ = context.set_transform(density, 0.0, 0.0, density, 0.0, 0.0);
    context.set_fill_style_str(&colours.paper);
    context.fill_rect(0.0, 0.0, camera.width, camera.height);
    if camera.scale < CELLS {
        if let Some(picture) = painting.picture {
            context.set_image_smoothing_enabled(camera.scale * density < 1.0);
            let (x, y) = camera.place(0);
            let (w, h) = (
                f64::from(camera.columns) * camera.scale,
                f64::from(camera.rows) * camera.scale,
            );
            // A picture that cannot be drawn leaves the paper.
            let _ = context.draw_image_with_html_canvas_element_and_dw_and_dh(picture, x, y, w, h);
        }
    } else {
        cells(context, camera, dense, colours);
        near(context, camera, painting);
    }
    if let Some(cursor) = painting.cursor {
        let (x, y) = camera.place(cursor);
        let size = camera.scale.max(5.0);
        context.set_stroke_style_str(&colours.focus);
        context.set_line_width(2.5);
        context.stroke_rect(x, y, size, size);
    }
}

/// The frames that the camera sees, row by row, each row in pieces that look alike.
fn visible(camera: &Camera, dense: &Dense, mut piece: impl FnMut(&DenseRun, u32, u32)) {
    let first = |at: f64| at.max(0.0).floor();
    let last = |at: f64, cells: u32| at.min(f64::from(cells)).ceil();
    // All are within the grid.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let (left, top, right, bottom) = (
        first(camera.x) as u32,
        first(camera.y) as u32,
        last(camera.x + camera.width / camera.scale, camera.columns) as u32,
        last(camera.y + camera.height / camera.scale, camera.rows) as u32,
    );
    for row in top..bottom {
        let mut at = row * camera.columns + left;
        let end = (row * camera.columns + right).min(dense.total);
        while let Some(run) = dense.at(at).filter(|_| at < end) {
            let next = (run.start + run.count).min(end);
            piece(run, at, next - at);
            at = next;
        }
    }
}

/// Fills, and marks where there is room for them.
fn cells(context: &CanvasRenderingContext2d, camera: &Camera, dense: &Dense, colours: &Colours) {
    let size = camera.scale;
    let inset = (size * 0.07).clamp(0.5, 3.0);
    visible(camera, dense, |run, at, count| {
        let (fill, ink) = colours.of(run.kind);
        let (x, y) = camera.place(at);
        context.set_fill_style_str(fill);
        for number in 0..count {
            let x = x + f64::from(number) * size;
            context.fill_rect(x + inset, y + inset, size - 2.0 * inset, size - 2.0 * inset);
        }
        if size < MARKED {
            return;
        }
        if run.kind == PageKind::Free {
            each(context, &colours.hair, 1.0, x, y, count, size, inset);
        }
        if run.marks.contains(Marks::SHARED) {
            each(
                context,
                ink,
                1.0,
                x,
                y,
                count,
                size,
                inset + (size * 0.12).min(4.0),
            );
        }
        if run.marks.contains(Marks::DIRTY) {
            context.set_fill_style_str(&colours.dirty);
            let corner = size * 0.3;
            for number in 0..count {
                let right = x + f64::from(number + 1) * size - inset;
                context.begin_path();
                context.move_to(right - corner, y + inset);
                context.line_to(right, y + inset);
                context.line_to(right, y + inset + corner);
                context.fill();
            }
        }
        if run.marks.contains(Marks::LOCKED) {
            context.set_fill_style_str(ink);
            for number in 0..count {
                let left = x + f64::from(number) * size + inset;
                context.fill_rect(left, y + size * 0.75, size * 0.25, size * 0.25 - inset);
            }
        }
    });
}

/// An edge in each cell.
#[expect(clippy::too_many_arguments, reason = "the numbers of a row of squares")]
fn each(
    context: &CanvasRenderingContext2d,
    colour: &str,
    line: f64,
    x: f64,
    y: f64,
    count: u32,
    size: f64,
    inset: f64,
) {
    context.set_stroke_style_str(colour);
    context.set_line_width(line);
    for number in 0..count {
        let x = x + f64::from(number) * size;
        context.stroke_rect(x + inset, y + inset, size - 2.0 * inset, size - 2.0 * inset);
    }
}

/// Numbers, and nearer the bytes.
fn near(context: &CanvasRenderingContext2d, camera: &Camera, painting: &Painting) {
    let size = camera.scale;
    if size < NUMBERED {
        return;
    }
    context.set_text_align("center");
    context.set_text_baseline("middle");
    visible(camera, painting.dense, |run, at, count| {
        let (fill, ink) = painting.colours.of(run.kind);
        for frame in at..at + count {
            let (x, y) = camera.place(frame);
            let bytes = painting.bytes.iter().find(|(known, _)| *known == frame);
            context.set_fill_style_str(ink);
            match bytes.filter(|_| size >= BYTES) {
                Some((_, bytes)) => frame_bytes(context, camera, bytes, (x, y), (fill, ink)),
                None if run.kind == PageKind::Free && size < BYTES => {}
                None => {
                    let text = if run.kind == PageKind::Zero {
                        "Z".to_owned()
                    } else {
                        frame.to_string()
                    };
                    // Six digits fit between the inner edges.
                    let height = (size * 0.2).clamp(8.0, 40.0);
                    context.set_font(&format!("600 {}px monospace", height as u32));
                    // A text that cannot be drawn is told beside the canvas.
                    let _ = context.fill_text_with_max_width(
                        &text,
                        x + size / 2.0,
                        y + size / 2.0,
                        size * 0.7,
                    );
                }
            }
        }
    });
}

/// The bytes of a frame, 64 a row: dots where they are not zero, digits where there is room.
fn frame_bytes(
    context: &CanvasRenderingContext2d,
    camera: &Camera,
    bytes: &[u8],
    (x, y): (f64, f64),
    (fill, ink): (&str, &str),
) {
    let pitch = camera.scale * 0.98 / f64::from(BYTE_COLUMNS);
    let (x, y) = (x + camera.scale * 0.01, y + camera.scale * 0.01);
    let digits = camera.scale >= DIGITS;
    context.set_font(&format!("{}px monospace", (pitch * 0.62) as u32));
    for (number, byte) in (0u32..).zip(bytes) {
        let at = (
            x + f64::from(number % BYTE_COLUMNS) * pitch,
            y + f64::from(number / BYTE_COLUMNS) * pitch,
        );
        let seen = at.0 > -pitch && at.1 > -pitch && at.0 < camera.width && at.1 < camera.height;
        if !seen || (*byte == 0 && !digits) {
            continue;
        }
        context.set_fill_style_str(ink);
        if !digits {
            context.fill_rect(at.0, at.1, pitch * 0.8, pitch * 0.8);
            continue;
        }
        if *byte != 0 {
            context.fill_rect(at.0, at.1, pitch * 0.94, pitch * 0.94);
            context.set_fill_style_str(fill);
        }
        let _ = context.fill_text(
            &format!("{byte:02x}"),
            at.0 + pitch * 0.47,
            at.1 + pitch * 0.5,
        );
    }
}

/// The frames whose bytes are seen from here, at most 24.
pub fn near_frames(camera: &Camera, dense: &Dense) -> Vec<u32> {
    let mut frames = Vec::new();
    if camera.scale >= BYTES {
        visible(camera, dense, |run, at, count| {
            if run.kind != PageKind::Free {
                frames.extend(at..at + count);
            }
        });
        frames.truncate(24);
    }
    frames
}
