#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Models as FloPy writes them, run by MODFLOW 6 and by phreatic: heads to 1e-4, the budget to 0.02 %.

    MF6=path/to/mf6 PHREATIC=build/bin/phreatic python bench/flow/flopy_models.py

FloPy of bench/peers.txt or tests/reference/peers.txt. Specific storage is 0: the 6.2.1 release candidate of the PyPI package flopyarcade takes
half-filled cells otherwise than 6.6.2.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

import flopy
import numpy as np

MF6 = os.path.abspath(os.environ.get("MF6", ""))
PHREATIC = os.path.abspath(os.environ.get("PHREATIC", "build/bin/phreatic"))
root = pathlib.Path(tempfile.mkdtemp(prefix="flopy-models-"))


def base(name,nper=3,newton=None,nlay=3,transient=True,nstp=4):
    ws=root/name
    sim=flopy.mf6.MFSimulation(sim_name=name,sim_ws=str(ws),exe_name=MF6)
    td=flopy.mf6.ModflowTdis(sim,nper=nper,perioddata=[(10.0,nstp,1.3)]*nper,time_units='days')
    flopy.mf6.ModflowIms(sim,outer_dvclose=1e-8,inner_dvclose=1e-9,rcloserecord=1e-8,outer_maximum=300,inner_maximum=300,linear_acceleration='BICGSTAB' if newton else 'CG')
    g=flopy.mf6.ModflowGwf(sim,modelname=name,newtonoptions=newton,save_flows=True)
    return sim,g,ws


def dis(g,nlay=3,**k):
    flopy.mf6.ModflowGwfdis(g,nlay=nlay,nrow=8,ncol=9,delr=100.,delc=np.linspace(80,120,8),top=20.,botm=[12.,5.,-5.][:nlay],**k)


def sto(g,iconvert=1):
    flopy.mf6.ModflowGwfsto(g,iconvert=iconvert,ss=0.0,sy=0.15,steady_state={0:True},transient={1:True})


def oc(g,name):
    flopy.mf6.ModflowGwfoc(g,head_filerecord=name+'.hds',budget_filerecord=name+'.cbc',saverecord=[('HEAD','ALL'),('BUDGET','ALL')],printrecord=[('BUDGET','ALL')])


rng = np.random.default_rng(1)


def external_arrays():
    """External text arrays with factor, k22, k33."""
    s,g,w=base('extfactor'); dis(g); k=rng.uniform(1,10,(3,8,9)); w.mkdir(parents=True,exist_ok=True)
    for i in range(3): np.savetxt(w/f'k{i}.txt',k[i]/2)
    flopy.mf6.ModflowGwfnpf(g,icelltype=[1,0,0],k=[{'filename':f'k{i}.txt','factor':2.0} for i in range(3)],k33=.1,k22=[3.,2.,4.])
    flopy.mf6.ModflowGwfic(g,strt=18.); sto(g)
    flopy.mf6.ModflowGwfghb(g,stress_period_data=[((0,i,0),18.,50.) for i in range(8)],boundnames=False)
    flopy.mf6.ModflowGwfwel(g,stress_period_data={1:[((2,4,5),-200.)]}); oc(g,'extfactor'); return s,w


def binary_arrays():
    """Binary arrays."""
    s,g,w=base('binary'); dis(g); k=rng.uniform(1,10,(3,8,9))
    flopy.mf6.ModflowGwfnpf(g,icelltype=1,k=[{'filename':f'kb{i}.bin','data':k[i],'binary':True} for i in range(3)],k33=.2)
    flopy.mf6.ModflowGwfic(g,strt=18.); sto(g)
    flopy.mf6.ModflowGwfchd(g,stress_period_data=[((1,i,0),17.) for i in range(8)])
    flopy.mf6.ModflowGwfrcha(g,recharge={0:{'filename':'r.bin','data':np.full((8,9),2e-4),'binary':True},2:1e-3}); oc(g,'binary'); return s,w


def names_and_series():
    """Boundnames, obs by name, aux mult, time series."""
    s,g,w=base('names'); dis(g); flopy.mf6.ModflowGwfnpf(g,icelltype=[1,1,0],k=5.,k33=.5); flopy.mf6.ModflowGwfic(g,strt=18.); sto(g)
    ts={'filename':'w.ts','timeseries':[(0.,-50.),(12.,-300.),(40.,-10.)],'time_series_namerecord':['pump'],'interpolation_methodrecord':['linear']}
    wel=flopy.mf6.ModflowGwfwel(g,auxiliary=['mult'],auxmultname='mult',boundnames=True,timeseries=ts,stress_period_data=[((1,3,3),'pump',.5,'field a'),((1,4,4),'pump',1.,'field a'),((2,6,6),-40.,2.,'other')],observations={'w.csv':[('fa','wel','field a')],'filename':'w.obs'})
    flopy.mf6.ModflowGwfriv(g,boundnames=True,stress_period_data=[((0,i,4),17.,30.,15.,'r1' if i<4 else 'r2') for i in range(8)]); flopy.mf6.ModflowGwfghb(g,stress_period_data=[((0,0,0),18.,50.)]); oc(g,'names'); return s,w


def evaporation_in_segments():
    """EVT with segments + surf rate specified."""
    s,g,w=base('evtseg'); dis(g); flopy.mf6.ModflowGwfnpf(g,icelltype=1,k=5.,k33=.5); flopy.mf6.ModflowGwfic(g,strt=18.); sto(g)
    flopy.mf6.ModflowGwfevt(g,nseg=3,surf_rate_specified=True,stress_period_data=[((0,i,j),19.,2e-3,6.,.3,.7,.8,.2,.9) for i in range(8) for j in range(9)])
    flopy.mf6.ModflowGwfghb(g,stress_period_data=[((0,i,0),18.,80.) for i in range(8)]); oc(g,'evtseg'); return s,w


def several_of_a_kind():
    """Several packages of a type."""
    s,g,w=base('several'); dis(g); flopy.mf6.ModflowGwfnpf(g,icelltype=1,k=5.,k33=.5); flopy.mf6.ModflowGwfic(g,strt=18.); sto(g)
    for n in range(3): flopy.mf6.ModflowGwfdrn(g,pname=f'drn{n}',filename=f'several{n}.drn',stress_period_data={n:[((0,i,2*n+1),16.-n*.3,20.) for i in range(8)]})
    for n in range(2): flopy.mf6.ModflowGwfwel(g,pname=f'w{n}',filename=f'several{n}.wel',stress_period_data={n:[((n,3,3),-50.),((n,3,3),-20.)]})
    flopy.mf6.ModflowGwfghb(g,stress_period_data=[((0,i,0),18.,80.) for i in range(8)]); oc(g,'several'); return s,w


def newton_and_barriers():
    """Newton, dry cells, idomain, hfb."""
    s,g,w=base('newt',newton='UNDER_RELAXATION'); idm=np.ones((3,8,9),int); idm[0,0,0:3]=0; idm[1,2,2]=-1; dis(g,idomain=idm)
    flopy.mf6.ModflowGwfnpf(g,icelltype=1,k=[5.,1.,8.],k33=.5); flopy.mf6.ModflowGwfic(g,strt=11.); sto(g)
    flopy.mf6.ModflowGwfhfb(g,stress_period_data=[((l,i,3),(l,i,4),1e-4) for l in range(3) for i in range(2,6)])
    flopy.mf6.ModflowGwfghb(g,stress_period_data=[((2,i,0),9.,80.) for i in range(8)]); flopy.mf6.ModflowGwfrcha(g,recharge=3e-4); flopy.mf6.ModflowGwfwel(g,auto_flow_reduce=.2,stress_period_data={1:[((1,4,4),-100.)]}); oc(g,'newt'); return s,w


def array_series():
    """TAS recharge, aux."""
    s,g,w=base('tas'); dis(g); flopy.mf6.ModflowGwfnpf(g,icelltype=1,k=5.,k33=.5); flopy.mf6.ModflowGwfic(g,strt=18.); sto(g)
    tas={'filename':'r.tas','tas_array':{0.:1e-4,15.:2e-3,40.:0.},'time_series_namerecord':'rch','interpolation_methodrecord':'linear'}
    flopy.mf6.ModflowGwfrcha(g,timearrayseries=tas,recharge='TIMEARRAYSERIES rch'); flopy.mf6.ModflowGwfghb(g,stress_period_data=[((0,i,0),18.,80.) for i in range(8)]); oc(g,'tas'); return s,w


def rewetting():
    """Rewet."""
    s,g,w=base('rewet'); dis(g); flopy.mf6.ModflowGwfnpf(g,icelltype=1,k=5.,k33=.5,rewet_record=[('WETFCT',1.0,'IWETIT',1,'IHDWET',0)],wetdry=[-.1,-.1,0.]); flopy.mf6.ModflowGwfic(g,strt=11.); sto(g)
    flopy.mf6.ModflowGwfghb(g,stress_period_data={0:[((2,i,0),10.,80.) for i in range(8)],1:[((2,i,0),16.,80.) for i in range(8)]}); flopy.mf6.ModflowGwfrcha(g,recharge=1e-4); oc(g,'rewet'); return s,w


def lists_in_files():
    """External lists, open/close list, per-period file, comments, quotes."""
    s,g,w=base('lists'); dis(g); flopy.mf6.ModflowGwfnpf(g,icelltype=1,k=5.,k33=.5); flopy.mf6.ModflowGwfic(g,strt=18.); sto(g)
    flopy.mf6.ModflowGwfwel(g,stress_period_data={0:{'filename':'w 1.txt','data':[((0,2,2),-10.),((1,3,3),-20.)]},2:{'filename':'w3.bin','data':[((0,2,2),-30.)],'binary':True}})
    flopy.mf6.ModflowGwfghb(g,stress_period_data=[((0,i,0),18.,80.) for i in range(8)]); oc(g,'lists'); return s,w


def compared(w):
    """What is wrong, as text; empty: nothing."""
    if "Normal" not in subprocess.run([MF6], cwd=w, capture_output=True, text=True).stdout:
        return "MODFLOW 6 does not run it"
    run = subprocess.run([PHREATIC, "flow", "run", w, "--out", w / "ours", "--quiet"], capture_output=True, text=True)
    if run.returncode != 0:
        return run.stderr.strip()
    budget = next(w.glob("*.cbc"))
    columns = np.int32(9).tobytes()  # follow the text of a term
    if any(w.glob("*.rcha")):  # what 6.2.1 calls RCH is RCHA from 6.3 on
        budget.write_bytes(budget.read_bytes().replace(b"             RCH" + columns, b"            RCHA" + columns))
    words = [PHREATIC, "flow", "compare", w / "ours", next(w.glob("*.hds")), "--budget", budget, "--tolerance", "1e-4", "--budget-tolerance", "0.02"]
    done = subprocess.run(words, capture_output=True, text=True)
    return "" if done.returncode == 0 else (done.stdout + done.stderr)[-600:]


def main():
    if not os.environ.get("MF6"):
        sys.exit("flopy_models.py: skipped: MF6 names no MODFLOW 6 program")
    wrong = 0
    for make in (external_arrays, binary_arrays, names_and_series, evaporation_in_segments, several_of_a_kind, newton_and_barriers, array_series, rewetting, lists_in_files):
        sim, w = make()
        sim.write_simulation(silent=True)
        found = compared(w)
        wrong += 1 if found else 0
        print(f"{make.__name__}: {found or 'alike'}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
