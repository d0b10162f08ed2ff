// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/architectures/ssvaer/ssvaer.hpp"

namespace phreatic::learn {

void describe(core::Describer& d, SsvaerParams& p) {
  d.field("share", p.share, {.help = "Sizes of the layers that all heads share", .min = 1, .max = 4096});
  d.field("hidden", p.hidden, {.help = "Hidden units of each head", .min = 1, .max = 4096});
  d.field("latent", p.latent, {.help = "Dimensions of the latent space", .min = 1, .max = 1024});
  d.field("decoder", p.decoder, {.help = "Sizes of the decoder's hidden layers", .min = 1, .max = 4096});
  d.choice(
      "unlabelled", p.unlabelled,
      {{"divergence", UnlabelledLoss::divergence}, {"entropy", UnlabelledLoss::entropy}},
      {.help =
           "Loss of rows without target: divergence from a standard normal, or the entropy as published"});
  d.field("unlabelled_weight", p.unlabelled_weight,
          {.help = "Of the loss of rows without target", .min = 0, .max = 1000});
  d.field("divergence_weight", p.divergence_weight,
          {.help = "Of the latent divergences in the loss", .min = 0, .max = 1000});
  d.field("learning_rate", p.learning_rate, {.help = "Of Adam", .min = 1e-8, .max = 10});
  d.field("final_rate", p.final_rate, {.help = "At the end of the cosine's descent", .min = 0, .max = 10});
  d.field("warm_up", p.warm_up,
          {.help = "Epochs of the linear rise to the rate", .unit = "epochs", .min = 0});
  d.field("epochs", p.epochs, {.help = "Most passes over the training rows", .min = 1});
  d.field("batch_size", p.batch_size, {.help = "Rows of one step", .unit = "rows", .min = 2});
  d.field("patience", p.patience,
          {.help = "Epochs without a better validation loss before training stops; 0 = never",
           .unit = "epochs",
           .min = 0});
  d.field("seed", p.seed, {.help = "Of initial weights, order of rows and noise"});
}

}  // namespace phreatic::learn
