"""What other programs and books call the fields of a recipe, so that an error can name ours."""

from collections.abc import Collection

from convlet.system.text import near

# By our field: names in Keras of both ages, PyTorch and scikit-learn that are not spelled alike.
_NAMES = {
    "activation": "act nonlinearity",
    "balance": "class_weight class_weights",
    "batch_size": "batch bs minibatch minibatch_size",
    "betas": "beta_1 beta_2",
    "dense_units": "units hidden hidden_units hidden_size hidden_layer_sizes output_dim n_hidden",
    "dropout": "dropout_rate drop_rate drop_prob",
    "elastic": "elastic_transform",
    "epochs": "epoch nb_epoch nb_epochs n_epochs num_epochs max_epochs max_iter",
    "filters": "nb_filter nb_filters n_filters num_filters out_channels channels",
    "flip": "horizontal_flip random_flip",
    "image_size": "img_size input_shape input_size target_size",
    "kernel_size": "kernel filter_size nb_row nb_col",
    "label_smoothing": "smoothing",
    "learning_rate": "lr learning_rate_init eta step_size",
    "normalization": "batch_norm batchnorm batch_normalization bn",
    "optimizer": "opt optim optimiser solver",
    "padding": "border_mode",
    "pool": "pool_size pooling max_pool max_pooling",
    "precision": "dtype mixed_precision amp",
    "rotation": "rotation_range",
    "schedule": "scheduler lr_schedule lr_scheduler",
    "seed": "random_state random_seed",
    "shear": "shear_range",
    "shift": "width_shift_range height_shift_range",
    "strides": "stride subsample",
    "validation_fraction": "validation_split val_split validation_size val_size",
    "weight_decay": "decay wd l2",
    "zoom": "zoom_range",
}
ELSEWHERE = {name: field for field, names in _NAMES.items() for name in names.split()}


def like(name: str, fields: Collection[str]) -> str:
    """Return a question after the fields that a name may mean; "" if none.

    Example:
        >>> like("nb_epoch", ("epochs", "seed")), like("learningrate", ("learning_rate", "seed")), like("x", ("seed",))
        ('Did you mean epochs? ', 'Did you mean learning_rate? ', '')
    """
    own = ELSEWHERE.get(name.lower().replace("-", "_"))
    return f"Did you mean {own}? " if own in fields else near(name, fields, 3)
