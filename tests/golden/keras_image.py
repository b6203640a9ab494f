"""Image layers for keras_layers.py. `image`: layers without chance, whole. `transformations/image`: what random layers do for a fixed draw."""
import os

import jax
import jax.numpy as jnp
import numpy as np

from keras_layers import FAMILIES, Entries, L, as_array, camel, camel_value, family, floats, kind_of, short

os.makedirs(os.path.join(os.path.dirname(os.path.abspath(__file__)), "keras", "transformations"), exist_ok=True)


def pixels(shape, seed=1, high=255.0):
    return floats(shape, seed, 0.0, high)


@family
def image():
    e = Entries()
    x = pixels((2, 6, 5, 2))
    for size in [(4, 7), (9, 3)]:
        for interpolation in ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]:
            e.add("Resizing", [x], interpolation, height=size[0], width=size[1], interpolation=interpolation)
    e.add("Resizing", [x], "antialias", height=3, width=2, antialias=True)
    e.add("Resizing", [x], "antialias", height=3, width=2, antialias=True, interpolation="bicubic")
    e.add("Resizing", [x], "crop", height=3, width=4, crop_to_aspect_ratio=True)
    e.add("Resizing", [x], "crop", height=4, width=2, crop_to_aspect_ratio=True)
    e.add("Resizing", [x], "pad", height=4, width=8, pad_to_aspect_ratio=True, fill_value=7.0)
    e.add("Resizing", [x], "pad", height=8, width=3, pad_to_aspect_ratio=True)
    e.add("Resizing", [dict(shape=[2, 6, 5, 1], dtype="uint8", low=0, high=256, seed=3)], "bytes", height=4, width=3)
    e.add("Resizing", [dict(shape=[2, 6, 5, 1], dtype="uint8", low=0, high=256, seed=4)], "bytes", height=8, width=8, antialias=True)
    e.add("Resizing", [pixels((2, 3, 6, 5))], "channels first", height=4, width=3, data_format="channels_first")
    e.add("CenterCrop", [x], height=3, width=4)
    e.add("CenterCrop", [x], height=6, width=5)
    e.add("CenterCrop", [x], "larger", height=8, width=4)
    e.add("CenterCrop", [x], "larger", height=4, width=7)
    e.add("CenterCrop", [pixels((2, 3, 6, 5))], "channels first", height=3, width=2, data_format="channels_first")
    e.add("AutoContrast", [x])
    e.add("AutoContrast", [pixels((2, 6, 5, 3), 2, 1.0)], value_range=(0, 1))
    for training in [True, False]:
        e.add("Equalization", [pixels((1, 6, 5, 3))], training=training)
    e.add("Equalization", [pixels((1, 6, 5, 3), 5, 1.0)], training=True, value_range=(0, 1))
    e.add("Equalization", [pixels((1, 6, 5, 2), 6)], training=True, bins=8)
    e.add("Equalization", [dict(shape=[1, 2, 2, 1], dtype="float32", values=[9, 9, 9, 9])], "flat", training=True)
    return e


def transformations():
    e = {}

    def put(cls, images, transformation, parameters, note="", **options):
        layer = getattr(L, cls)(**options)
        out = layer.transform_images(as_array(images), transformation, training=True)
        kind = kind_of(cls)
        name, n = f"{kind} {note}".strip(), 2
        while name in e:
            name, n = f"{kind} {note}".strip() + f" ({n})", n + 1
        e[name] = dict(reference=f"keras.layers.{cls}.transform_images", kind=kind, options=camel_value(options), images=images,
                       parameters={camel(k): np.asarray(v, dtype=np.float64).tolist() for k, v in parameters.items()},
                       output=dict(shape=list(out.shape), values=short(out)))

    x = pixels((2, 6, 5, 2), 11)
    rgb = pixels((2, 5, 4, 3), 12)
    unit = pixels((2, 5, 4, 3), 13, 1.0)
    fills = [dict(fill_mode="reflect"), dict(fill_mode="constant", fill_value=3.0), dict(fill_mode="wrap"), dict(fill_mode="nearest"),
             dict(fill_mode="reflect", interpolation="nearest"), dict(fill_mode="constant", interpolation="nearest", fill_value=9.0)]
    A = jnp.asarray
    for fill in fills:
        t = A([[1.3, -0.7], [-7.2, 2.6]])
        put("RandomTranslation", x, dict(translations=t), dict(dx=t[:, 0], dy=t[:, 1]), height_factor=0.5, width_factor=0.5, **fill)
        angle = A([31.0, -105.0])
        layer = L.RandomRotation(0.5)
        matrix = layer._compute_affine_matrix(center_x=0.5, center_y=0.5, angle=angle, translate_x=jnp.zeros(2), translate_y=jnp.zeros(2), scale=jnp.ones(2),
                                              shear_x=jnp.zeros(2), shear_y=jnp.zeros(2), height=6, width=5)
        put("RandomRotation", x, dict(rotation_matrix=matrix), dict(degrees=angle), factor=0.5, **fill)
        zoom_x, zoom_y = A([[1.4], [0.63]]), A([[0.7], [1.9]])
        put("RandomZoom", x, dict(width_zoom=zoom_x, height_zoom=zoom_y), dict(zoom_x=zoom_x[:, 0], zoom_y=zoom_y[:, 0]), height_factor=0.5, width_factor=0.5, **fill)
        shear = A([[0.31, -0.12], [-0.62, 0.84]])
        put("RandomShear", x, dict(shear_factor=shear), dict(shear_x=shear[:, 0], shear_y=shear[:, 1]), x_factor=0.5, y_factor=0.5, **fill)
    start = A([[[0.0, 0.0], [4, 0], [0, 5], [4, 5]]] * 2)
    end = start + start * A([[[0.1, 0.2], [-0.2, 0.3], [0.4, -0.3], [-0.1, 0.25]], [[0, 0], [0.3, 0], [0.2, 0.1], [0.4, -0.35]]])
    for fill in [dict(), dict(fill_value=5.0), dict(interpolation="nearest")]:
        put("RandomPerspective", x, dict(apply_perspective=A([True, True]), start_points=start, end_points=end), dict(start=start, end=end), factor=1.0, **fill)
    flips = A([True, False]).reshape(2, 1, 1, 1)
    for mode in ["horizontal", "vertical", "horizontal_and_vertical"]:
        put("RandomFlip", x, dict(flips=flips), dict(chosen=flips.reshape(2)), mode=mode)
    for top, left, height, width in [(1, 2, 3, 3), (0, 0, 5, 2), (2, 1, 4, 4)]:
        put("RandomCrop", x, (top, left), dict(top=[top, top], left=[left, left]), height=height, width=width)
    for images, top in [(x, 255), (unit, 1), (rgb, 255)]:
        delta = A([0.4, -0.3]) * top
        put("RandomBrightness", images, dict(rgb_delta=delta.reshape(2, 1, 1, 1)), dict(delta=delta), factor=0.5, value_range=(0, top))
        factor = A([0.4, 1.7])
        put("RandomContrast", images, dict(contrast_factor=factor.reshape(2, 1, 1, 1)), dict(factor=factor), factor=0.5, value_range=(0, top))
        put("RandomInvert", images, dict(apply_inversion=A([True, False])), dict(chosen=[1, 0]), value_range=(0, top))
        put("RandomSharpness", images, dict(factor=A([0.2, 0.9])), dict(factor=[0.2, 0.9]), factor=0.5, value_range=(0, top))
        additions, thresholds = A([0.0, 40.0]), A([128.0, 70.0])
        put("Solarization", images, dict(additions=additions.reshape(2, 1, 1, 1), thresholds=thresholds.reshape(2, 1, 1, 1)),
            dict(additions=additions, thresholds=thresholds), value_range=(0, top))
        put("RandomPosterization", images, dict(shift_factor=A([5, 3], dtype="uint8")), dict(bits=[3, 5]), factor=3, value_range=(0, top))
    for images, top in [(unit, 1), (rgb, 255), (pixels((2, 3, 4, 3), 14), 255)]:
        # Factors at which no saturation exceeds 1 where the range is that of bytes: Keras clips saturations to the range of pixels.
        factor = A([0.3, 2.5 if top == 1 else 0.8])
        put("RandomSaturation", images, dict(factor=factor), dict(factor=factor), factor=0.5, value_range=(0, top))
        shift = A([0.17, -0.42])
        put("RandomHue", images, dict(factor=shift), dict(shift=shift), factor=0.5, value_range=(0, top))
        put("RandomColorDegeneration", images, dict(factor=A([0.3, 1.0]).reshape(2, 1, 1, 1)), dict(factor=[0.3, 1.0]), factor=0.5, value_range=(0, top))
        put("RandomGrayscale", images, A([True, False]).reshape(2, 1, 1, 1), dict(chosen=[1, 0]))
    for size in [3, (3, 5), (1, 3)]:
        put("RandomGaussianBlur", x, dict(blur_factor=A([0.8, 0.45]), should_apply_blur=A([True, True])), dict(sigma=[0.8, 0.45]), kernel_size=size)
    for fill, strength in [(dict(), 1.0), (dict(fill_mode="constant"), 0.8), (dict(interpolation="nearest"), 0.9)]:
        small = pixels((2, 12, 10, 2), 15)
        noise = as_array(floats((2, 12, 10), 16, -9.0, 9.0))
        draw = jax.random.normal
        jax.random.normal = lambda *args, **rest: noise  # one field for both directions, as Keras draws it
        try:
            layer = L.RandomElasticTransform(1.0, **fill)
            alpha, sigma = layer.get_elastic_transform_params(12, 10, strength)
            put("RandomElasticTransform", small, dict(apply_transform=A([True, True]), distortion_factor=strength, seed=1),
                dict(alpha=[alpha, alpha], sigma=[sigma, sigma], size=int(6 * sigma) | 1), factor=1.0, **fill)
        finally:
            jax.random.normal = draw
    for box in [(1.2, 3.4, 0.5, 4.1), (0.0, 2.0, 2.0, 6.0), (2.3, 2.9, 1.0, 5.0)]:
        corners = tuple(A([v, v * 0.8]) for v in box)
        masks = L.RandomErasing()._generate_batch_mask((2, 6, 5, 2), corners)
        put("RandomErasing", x, dict(batch_masks=masks, apply_erasing=A([True, True]), fill_value=jnp.full((2, 6, 5, 2), 77.0)),
            dict(left=corners[0], right=corners[1], top=corners[2], bottom=corners[3], fill_value=77.0))
        cut = L.CutMix()
        masks, weight = cut._generate_batch_mask((2, 6, 5, 2), corners)
        put("CutMix", x, dict(batch_masks=masks, mix_weight=weight, permutation_order=A([1, 0])),
            dict(left=corners[0], right=corners[1], top=corners[2], bottom=corners[3], order=[1, 0], weight=weight))
    for weight in [[0.3, 0.9], [0.0, 1.0], [0.51, 0.52]]:
        put("MixUp", x, dict(mix_weight=A(weight), permutation_order=A([1, 0])), dict(weight=weight, order=[1, 0]))
    for grid, limit, shape in [((2, 2), 4.0, (2, 8, 8, 2)), ((2, 3), 1.5, (1, 7, 10, 3)), ((3, 2), 0.0, (1, 9, 5, 1))]:
        put("ContrastLimitedAdaptiveHistogramEqualization", pixels(shape, 17), None, {}, tile_grid_size=grid, clip_limit=limit)
    chains = np.stack([np.asarray(as_array(pixels((2, 6, 5, 2), 20 + i))) for i in range(3)])
    for weight in [0.2, 0.7, 1.0]:
        layer = L.AugMix()
        shares = [0.2, 0.5, 0.3]
        layer.random_shear.transform_images = lambda images, transform: A(chains[transform])
        transform = dict(chain_mixing_weights=A(shares), weight_sample=A(weight), chain_transforms=[[dict(layer_name="random_shear", transformation=i)] for i in range(3)])
        out = layer.transform_images(as_array(x), transform, training=True)
        e[f"augMix {weight}"] = dict(reference="keras.layers.AugMix.transform_images", kind="augMix", options={}, images=x,
                                     parameters=dict(seeds=[20, 21, 22], shares=shares, weight=weight), output=dict(shape=list(out.shape), values=short(out)))
    return e


FAMILIES["transformations/image"] = transformations
