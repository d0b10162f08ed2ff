// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/architectures/gnnwr/settings.hpp"

namespace phreatic::learn {

void describe(core::Describer& d, ReferenceParams& p) {
  d.choice(
      "choice", p.choice,
      {{"rows", ReferenceChoice::rows},
       {"kmeans", ReferenceChoice::kmeans},
       {"subsample", ReferenceChoice::subsample}},
      {.help = "Reference points: every training row, centres of k-means, or a random part of the rows"});
  d.field("count", p.count, {.help = "Reference points of kmeans and subsample", .min = 2, .max = 100000});
}

void describe(core::Describer& d, ProximityParams& p) {
  d.field("hidden", p.hidden,
          {.help = "Hidden units between the two distances and the proximity; 0 = a linear combination",
           .min = 0,
           .max = 64});
  d.field("batch_norm", p.batch_norm, {.help = "Batch normalisation of the hidden units"});
  d.field(
      "negative_slope", p.negative_slope,
      {.help = "Slope of the last activation below zero; 0 = ReLU as published, whose proximities can die",
       .min = 0,
       .max = 1});
  d.field(
      "restarts", p.restarts,
      {.help = "Further starts when the proximities no longer differ between rows", .min = 0, .max = 100});
}

void describe(core::Describer& d, GnnwrTrainingParams& p) {
  d.choice("optimizer", p.optimizer,
           {{"sgd", GnnwrOptimizer::sgd},
            {"adam", GnnwrOptimizer::adam},
            {"adamw", GnnwrOptimizer::adamw},
            {"adagrad", GnnwrOptimizer::adagrad},
            {"adadelta", GnnwrOptimizer::adadelta},
            {"rmsprop", GnnwrOptimizer::rmsprop}},
           {.help = "How weights are changed"});
  d.field("learning_rate", p.learning_rate, {.help = "Rate at the start", .min = 1e-8, .max = 100});
  d.field("weight_decay", p.weight_decay,
          {.help = "Penalty of squared weights in the gradient (adamw: taken off the weights themselves)",
           .min = 0,
           .max = 10});
  d.choice("schedule", p.schedule,
           {{"constant", GnnwrSchedule::constant},
            {"multi_step", GnnwrSchedule::multi_step},
            {"cosine", GnnwrSchedule::cosine},
            {"warm_restarts", GnnwrSchedule::warm_restarts},
            {"rise_and_decay", GnnwrSchedule::rise_and_decay}},
           {.help = "How the rate changes over the epochs"});
  d.field("milestones", p.milestones,
          {.help = "multi_step: epochs at which the rate is multiplied by the factor", .min = 1});
  d.field("factor", p.factor,
          {.help = "multi_step: factor at a milestone; rise_and_decay: every 200 epochs after the hold",
           .min = 1e-6,
           .max = 1});
  d.field("period_epochs", p.period_epochs,
          {.help = "cosine: length of the descent; warm_restarts: of the first", .unit = "epochs", .min = 1});
  d.field("period_factor", p.period_factor,
          {.help = "warm_restarts: each descent is so many times as long as the one before", .min = 1});
  d.field("final_rate", p.final_rate,
          {.help = "cosine, warm_restarts: lowest rate; rise_and_decay: the first", .min = 0, .max = 100});
  d.field("rise_epochs", p.rise_epochs,
          {.help = "rise_and_decay: epochs of the linear rise to the rate", .unit = "epochs", .min = 1});
  d.field("hold_epochs", p.hold_epochs,
          {.help = "rise_and_decay: last epoch at the full rate", .unit = "epochs", .min = 1});
  d.field("epochs", p.epochs, {.help = "Most passes over the training rows", .min = 1});
  d.field("batch_size", p.batch_size, {.help = "Rows of one step", .unit = "rows", .min = 2});
  d.field("patience", p.patience,
          {.help = "Epochs without a better validation R2 before training stops; 0 = never",
           .unit = "epochs",
           .min = 0});
  d.field("seed", p.seed, {.help = "Of initial weights, order of rows and dropout"});
}

void describe(core::Describer& d, GnnwrParams& p) {
  d.field("fixed_ols", p.fixed_ols,
          {.help = "Local coefficients are weights times OLS coefficients; no = the weights themselves"});
  d.field("coordinates_as_covariates", p.coordinates_as_covariates,
          {.help = "Coordinates (and time) are covariates too: another model, with slopes in space"});
  d.choice(
      "distance", p.distance,
      {{"planar", DistanceKind::planar}, {"great_circle", DistanceKind::great_circle}},
      {.help = "Distance of two places: Euclidean on the coordinates as given, or great circle (degrees)"});
  d.choice("distance_scale", p.distance_scale,
           {{"global", DistanceScale::global}, {"per_reference", DistanceScale::per_reference}},
           {.help = "Range that distances are scaled by: one for all, or one for each reference point"});
  d.choice(
      "distance_function", p.distance_function,
      {{"linear", DistanceFunction::linear},
       {"root", DistanceFunction::root},
       {"exponential", DistanceFunction::exponential}},
      {.help = "What the network gets of a scaled distance d in space: d as published, its square root, or "
               "exp(-d / distance_length), which tell near neighbours apart better"});
  d.field("distance_length", p.distance_length,
          {.help = "exponential: length of the decay as a share of the range of distances",
           .min = 1e-4,
           .max = 100});
  d.choice("time_function", p.time_function,
           {{"linear", DistanceFunction::linear},
            {"root", DistanceFunction::root},
            {"exponential", DistanceFunction::exponential}},
           {.help = "gtnnwr: the same of a scaled distance in time"});
  d.field("time_length", p.time_length,
          {.help = "exponential in time: length of the decay as a share of the range of times",
           .min = 1e-4,
           .max = 100});
  d.section("references", p.references, "Points whose distances are the network's input");
  d.section("proximity", p.proximity, "gtnnwr: one proximity from the distances in space and time");
  d.field("hidden", p.hidden,
          {.help = "Sizes of the hidden layers; empty = powers of two from the number of references down to "
                   "the number of coefficients",
           .min = 1,
           .max = 65536});
  d.field("initial_slope", p.initial_slope,
          {.help = "Slope of PReLU below zero at the start", .min = -1, .max = 1});
  d.field("dropout", p.dropout,
          {.help = "Share of hidden units dropped while training", .min = 0, .max = 0.95});
  d.field("members", p.members,
          {.help = "Networks from different seeds; coefficients and predictions are their mean",
           .min = 1,
           .max = 1000});
  d.section("training", p.training, "Training of the network");
}

}  // namespace phreatic::learn
