//! The dependency descriptor header extension (RTP Payload Format For AV1, appendix A).
//!
//! Read for frame borders, layers and join points; the frame number is rewritten in place. Frame and chain
//! differences are relative, so they stay true in a slot and are only skipped.

use super::bits::Bits;
use super::{MAX_SPATIAL, Resolution, Resolutions};

/// Template ids are six bits wide (A.8.2.2).
const MAX_TEMPLATES: usize = 64;
/// Where the 16-bit frame number stands.
const FRAME_NUMBER: std::ops::Range<usize> = 1..3;
/// Decode target indication "switch" (A.8.2.3): a receiver may join this target here.
const SWITCH: u8 = 2;

/// What one packet says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptor {
    /// First packet of a frame.
    pub start: bool,
    /// Last packet of a frame.
    pub end: bool,
    /// Runs over all layers.
    pub frame_number: u16,
    /// Spatial layer.
    pub spatial: u8,
    /// Temporal layer.
    pub temporal: u8,
    /// Highest temporal layer that may be joined at this frame.
    pub temporal_switch: Option<u8>,
    /// Whether a template structure came along, which only key frames bring.
    pub has_structure: bool,
}

/// The templates that a stream's packets refer to; it comes with every key frame.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Structure {
    offset: u8,
    templates: Vec<Template>,
    /// Highest temporal layer of each decode target.
    targets: Vec<u8>,
    resolutions: Resolutions,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Template {
    spatial: u8,
    temporal: u8,
    /// One indication for each decode target.
    indications: Vec<u8>,
}

impl Structure {
    /// Overwrites `sizes` with what the structure tells, if it tells any.
    pub fn copy_resolutions(&self, sizes: &mut Resolutions) {
        if self.resolutions.iter().any(|size| size.area() > 0) {
            *sizes = self.resolutions;
        }
    }

    fn template(&self, id: u8) -> Option<&Template> {
        self.templates.get(usize::from((id + 64 - self.offset) % 64))
    }

    fn joinable(&self, indications: &[u8]) -> Option<u8> {
        let pairs = indications.iter().zip(&self.targets);
        pairs.filter(|(indication, _)| **indication == SWITCH).map(|(_, temporal)| *temporal).max()
    }
}

/// Reads a descriptor. `structure` is replaced when a whole new one came along.
///
/// `None` when it is cut short, or refers to a template that is not known (its structure was lost).
pub fn parse(bytes: &[u8], structure: &mut Structure) -> Option<Descriptor> {
    let mut bits = Bits::new(bytes);
    let (start, end) = (bits.flag()?, bits.flag()?);
    let template_id = bits.small(6)?;
    let frame_number = bits.short()?;
    let mut has_structure = false;
    let mut custom = None;
    if bytes.len() > FRAME_NUMBER.end {
        has_structure = bits.flag()?;
        let has_active_targets = bits.flag()?;
        let has_custom_indications = bits.flag()?;
        bits.skip(2)?;
        if has_structure {
            *structure = read_structure(&mut bits)?;
        }
        if has_active_targets {
            bits.skip(structure.targets.len())?;
        }
        if has_custom_indications {
            custom = Some(read_indications(&mut bits, structure.targets.len())?);
        }
    }
    let template = structure.template(template_id)?;
    let indications = custom.as_deref().unwrap_or(&template.indications);
    Some(Descriptor {
        start,
        end,
        frame_number,
        spatial: template.spatial,
        temporal: template.temporal,
        temporal_switch: structure.joinable(indications),
        has_structure,
    })
}

/// A copy of the descriptor with another frame number.
#[must_use]
pub fn with_frame_number(bytes: &[u8], number: u16) -> Vec<u8> {
    let mut copy = bytes.to_vec();
    if let Some(place) = copy.get_mut(FRAME_NUMBER) {
        place.copy_from_slice(&number.to_be_bytes());
    }
    copy
}

fn read_structure(bits: &mut Bits<'_>) -> Option<Structure> {
    let offset = bits.small(6)?;
    let target_count = usize::from(bits.small(5)?) + 1;
    let mut templates = read_layers(bits)?;
    for template in &mut templates {
        template.indications = read_indications(bits, target_count)?;
    }
    for _ in &templates {
        while bits.flag()? {
            bits.skip(4)?;
        }
    }
    skip_chains(bits, target_count, templates.len())?;
    let mut resolutions = Resolutions::default();
    if bits.flag()? {
        let layers = templates.iter().map(|template| template.spatial).max()?;
        for layer in 0..=usize::from(layers) {
            let size = Resolution {
                width: bits.short()?.saturating_add(1),
                height: bits.short()?.saturating_add(1),
            };
            if let Some(place) = resolutions.get_mut(layer) {
                *place = size;
            }
        }
    }
    let targets = target_layers(&templates, target_count);
    Some(Structure { offset, templates, targets, resolutions })
}

fn read_layers(bits: &mut Bits<'_>) -> Option<Vec<Template>> {
    let mut templates = Vec::new();
    let (mut spatial, mut temporal) = (0_u8, 0_u8);
    while templates.len() < MAX_TEMPLATES {
        templates.push(Template { spatial, temporal, indications: Vec::new() });
        match bits.take(2)? {
            0 => {}
            1 => temporal += 1,
            2 => (spatial, temporal) = (spatial + 1, 0),
            _ => return Some(templates).filter(|_| usize::from(spatial) < MAX_SPATIAL),
        }
    }
    None
}

fn read_indications(bits: &mut Bits<'_>, targets: usize) -> Option<Vec<u8>> {
    (0..targets).map(|_| bits.small(2)).collect()
}

fn skip_chains(bits: &mut Bits<'_>, targets: usize, templates: usize) -> Option<()> {
    let chains = bits.below(u32::try_from(targets).ok()? + 1)?;
    if chains == 0 {
        return Some(());
    }
    for _ in 0..targets {
        bits.below(chains)?;
    }
    bits.skip(templates * usize::try_from(chains).ok()? * 4)
}

/// A decode target reaches as high as the highest template that is present in it (A.8.2.2).
fn target_layers(templates: &[Template], count: usize) -> Vec<u8> {
    let present = |template: &&Template, target: usize| {
        template.indications.get(target).is_some_and(|indication| *indication != 0)
    };
    let highest = |target| {
        templates.iter().filter(|template| present(template, target)).map(|template| template.temporal).max()
    };
    (0..count).map(|target| highest(target).unwrap_or(0)).collect()
}

#[cfg(test)]
#[path = "dependency_descriptor_tests.rs"]
pub(super) mod tests;
