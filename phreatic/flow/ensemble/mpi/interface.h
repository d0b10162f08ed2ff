/* SPDX-License-Identifier: BSD-3-Clause
 * The narrow door to Open MPI: libphreatic_mpi.so exports these functions and nothing else;
 * phreatic/flow/ensemble/dealer.cpp opens it with RTLD_NOW | RTLD_LOCAL when a job asks for it. Functions return 0, or 1 with
 * a text in `error`. */
#ifndef PHREATIC_FLOW_ENSEMBLE_MPI_INTERFACE_H
#define PHREATIC_FLOW_ENSEMBLE_MPI_INTERFACE_H

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

#define PHREATIC_MPI_VERSION 1

int phreatic_mpi_version(void);
/* Joins the job that mpirun has started. rank: 0 to size - 1. */
int phreatic_mpi_start(int* rank, int* size, char* error, int error_size);
/* On rank 0, once: the numbers to be handed out, which every rank may then ask for. Other ranks: nothing. */
int phreatic_mpi_open(int count, const long* numbers, char* error, int error_size);
/* The next number, or -1 when there is none left. */
int phreatic_mpi_next(long* number, char* error, int error_size);
/* Sums over all ranks, in place; every rank has to call it, after its last phreatic_mpi_next. */
int phreatic_mpi_sum(int count, long* values, char* error, int error_size);
/* Leaves the job. A process that ends without it ends the others, too. */
int phreatic_mpi_end(char* error, int error_size);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop
#endif
